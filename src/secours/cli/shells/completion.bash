# What completes `secours` in bash; made by `secours completion bash`.

_secours_options() {
    case $1 in
@options@
    esac
}

# What stands there: a command and its option, or a command and a place.
_secours_of() {
    words= names= files=
    case $1 in
@cases@
    *) return 1 ;;
    esac
}

_secours() {
    local typed=() i word program=${COMP_WORDS[0]/#\~/$HOME}
    # Words that were broken at a colon are put together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((${#typed[@]})) &&
            [[ $word == :* || ${COMP_WORDS[i - 1]} == *: ]] &&
            ! [[ -z $word && ${COMP_LINE:COMP_POINT-1:1} == ' ' ]]; then
            typed[${#typed[@]} - 1]+=$word
        else
            typed+=("$word")
        fi
    done
    local cur=${typed[${#typed[@]} - 1]} command= option= place=0 config=
    local words names files
    for ((i = 0; i < ${#typed[@]} - 1; i++)); do
        word=${typed[i]}
        if [[ $word == = && -n $option ]]; then
            continue
        elif [[ -n $option ]]; then
            [[ $option == --config ]] && config=$word
            option=
        elif [[ $word == -* ]]; then
            _secours_of "$command $word" && option=$word
        elif [[ -z $command ]]; then
            command=$word
        else
            place=$((place + 1))
        fi
    done
    [[ $cur == = ]] && cur=
    COMPREPLY=()
    if [[ -n $option ]]; then
        _secours_of "$command $option"
    elif [[ $cur == -* || -z $command ]]; then
        words=$(_secours_options "$command") names= files=
    else
        _secours_of "$command $place" || return
    fi
    if [[ -n $files ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
    fi
    local quote= plain=$cur broken found=() each
    case $cur in
    \'* | \"*) quote=${cur:0:1} plain=${cur:1} ;;
    *) plain=${cur//\\/} ;;
    esac
    if [[ -n $names ]]; then
        mapfile -t found < <("$program" completion --names "$names" \
            ${config:+--config "$config"} 2>/dev/null)
    else
        read -ra found <<<"$words"
    fi
    broken=${plain%"${plain##*:}"}
    [[ -n $quote || $COMP_WORDBREAKS != *:* ]] && broken=
    for each in "${found[@]}"; do
        [[ $each == "$plain"* ]] || continue
        each=${each#"$broken"}
        case $quote in
        '') printf -v each %q "$each" ;;
        \') [[ $each == *\'* ]] && continue ;;
        *) [[ $each == *[\$\`\"\\!]* ]] && continue ;; # it would run, or break off
        esac
        COMPREPLY+=("$each")
    done
}

complete -F _secours secours
