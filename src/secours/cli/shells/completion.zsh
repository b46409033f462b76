#compdef secours
# What completes `secours` in zsh; made by `secours completion zsh`.

_secours_names() {
    local -a found plan
    [[ -n $opt_args[--config] ]] && plan=(--config ${(q)${(Q)opt_args[--config]}})
    found=("${(@f)$(_call_program names ${(q)_secours_program} completion \
        --names $argv[-1] $plan)}")
    found=("${(@)found:#}")
    compadd "${(@)argv[1,-2]}" -a found
}

_secours() {
    local curcontext=$curcontext state line _secours_program=${words[1]/#\~/$HOME}
    local -a commands
    typeset -A opt_args
    _arguments -C -S '(- *)'{-h,--help}'[show the help]' \
        '(- *)--version[print the version]' '1: :->command' '*:: :->arguments' && return
    case $state in
    command)
        commands=(
@commands@
        )
        _describe -t commands command commands
        ;;
    arguments)
        curcontext="${curcontext%:*}-$words[1]:"
        case $words[1] in
@cases@
        esac
        ;;
    esac
}

if [[ $funcstack[1] == _secours ]]; then
    _secours "$@"
else
    compdef _secours secours
fi
