# What completes `secours` in fish; made by `secours completion fish`.

function __secours_words
    commandline -opc
end

# Is this command typed, and are so many of its arguments?
function __secours_at
    set -l typed (__secours_words)
    set -e typed[1]
    set -l command ''
    set -l place 0
    set -l valued 0
    for word in $typed
        if test $valued -eq 1
            set valued 0
        else if string match -q -- '-*' $word
            contains -- "$command $word" $__secours_valued; and set valued 1
        else if test -z "$command"
            set command $word
        else
            set place (math $place + 1)
        end
    end
    test "$command" = "$argv[1]"; or return 1
    test (count $argv) -eq 1; or string match -qr -- "^$argv[2]\$" $place
end

function __secours_names
    set -l typed (__secours_words)
    set -l config
    if set -l at (contains -i -- --config $typed)
        set -- config --config $typed[(math $at + 1)]
    end
    $typed[1] completion --names $argv[1] $config 2>/dev/null
end

@lines@
