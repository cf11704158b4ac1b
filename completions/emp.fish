# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_emp_global_optspecs
    string join \n url= config= color= q/quiet v/verbose h/help V/version
end

function __fish_emp_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_emp_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_emp_using_subcommand
    set -l cmd (__fish_emp_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c emp -n "__fish_emp_needs_command" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_needs_command" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_needs_command" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_needs_command" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_needs_command" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_needs_command" -s V -l version -d 'Print version'
complete -c emp -n "__fish_emp_needs_command" -f -a "emit" -d 'Add an event to the stream'
complete -c emp -n "__fish_emp_needs_command" -f -a "run" -d 'Run a command, and emit when it starts and how it ends'
complete -c emp -n "__fish_emp_needs_command" -f -a "shell-hook" -d 'Print a hook for a shell script, which reports its failing commands'
complete -c emp -n "__fish_emp_needs_command" -f -a "search" -d 'Find events by words, fields and time'
complete -c emp -n "__fish_emp_needs_command" -f -a "stream" -d 'Follow events as they happen'
complete -c emp -n "__fish_emp_needs_command" -f -a "timeline" -d 'Show everything that happened to a job, in order, with gaps and handoffs'
complete -c emp -n "__fish_emp_needs_command" -f -a "errors" -d 'Show what fails, by kind: how often, since when, where, and whether it is new'
complete -c emp -n "__fish_emp_needs_command" -f -a "perf" -d 'Show how long things take, how often they happen, and what got slower'
complete -c emp -n "__fish_emp_needs_command" -f -a "correlate" -d 'Say why a job failed, and what failed jobs have in common'
complete -c emp -n "__fish_emp_needs_command" -f -a "health" -d 'Judge the event system: streams, groups, memory, clocks, silent services, names'
complete -c emp -n "__fish_emp_needs_command" -f -a "export" -d 'Write everything about a job into one file that a colleague opens with --from'
complete -c emp -n "__fish_emp_needs_command" -f -a "collect" -d 'Follow the streams, write events to files and forward them to any OTLP backend'
complete -c emp -n "__fish_emp_needs_command" -f -a "demo" -d 'Emit the events of a simulated job system, and look at them'
complete -c emp -n "__fish_emp_needs_command" -f -a "config" -d 'Show the settings and where each comes from'
complete -c emp -n "__fish_emp_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c emp -n "__fish_emp_needs_command" -f -a "man" -d 'Print the manual page, or write one for every command'
complete -c emp -n "__fish_emp_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c emp -n "__fish_emp_using_subcommand emit" -l service -d 'Who says it [default: shell]' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l job-id -d 'The job it is about' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l worker-id -d 'The worker it is about' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l machine-id -d 'The machine it is about' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l user-id -d 'The user it is about' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l request-id -d 'The HTTP request it is about' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l trace-id -d 'The trace it belongs to, 32 hex digits [default: that of TRACEPARENT, else a new one]' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l level -d 'How serious it is: debug, info, warn or error' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand emit" -s d -d 'A field of data: key=text, or key:=json for numbers, true, lists; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l data -d 'All of data, as a JSON object, @file or @- for standard input; -d adds to it' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l at -d 'When it happened [default: now]' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l error -d 'Emit an error event, error.NAME, to the stream of errors [default name: Error]' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l message -d 'What went wrong, as data.message' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l stack -d 'Where it went wrong, as data.stack: a stack trace, @file or @- for standard input' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l status -d 'Publish a live status in place of an event: job and comfyui need --job-id, machine --machine-id. It enters no stream; the last one is kept for a minute' -r -f -a "job\t''
machine\t''
comfyui\t''"
complete -c emp -n "__fish_emp_using_subcommand emit" -l timeout -d 'How long Redis may take [default: 250ms]' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand emit" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand emit" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand emit" -l print-id -d 'Print the id of the event'
complete -c emp -n "__fish_emp_using_subcommand emit" -l new-job -d 'Make a job id, job-UUID, for the event and print it'
complete -c emp -n "__fish_emp_using_subcommand emit" -l new-request -d 'Make a request id, req-UUID, for the event and print it'
complete -c emp -n "__fish_emp_using_subcommand emit" -l new-trace -d 'Begin a new trace, whatever TRACEPARENT says'
complete -c emp -n "__fish_emp_using_subcommand emit" -l print-traceparent -d 'Make a span id for the event and print the TRACEPARENT for what it begins'
complete -c emp -n "__fish_emp_using_subcommand emit" -l strict -d 'Exit with 3 when Redis did not take the event, with 2 when a line was refused'
complete -c emp -n "__fish_emp_using_subcommand emit" -l stdin -d 'Read events from standard input, one JSON object a line'
complete -c emp -n "__fish_emp_using_subcommand emit" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand emit" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand emit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand run" -l service -d 'Who says it [default: shell]' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l job-id -d 'The job that the command works on' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l worker-id -d 'The worker it runs in' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l machine-id -d 'The machine it runs on' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l name -d 'What to call it in its events [default: the program\'s name]' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l timeout -d 'End it after this time: TERM first, KILL ten seconds later; 0s is never' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l heartbeat -d 'Emit command.heartbeat this often while it runs' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand run" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand run" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand run" -l capture -d 'Keep the last lines of standard error for the event even where it is a terminal'
complete -c emp -n "__fish_emp_using_subcommand run" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand run" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand shell-hook" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand shell-hook" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand shell-hook" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand shell-hook" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand shell-hook" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand shell-hook" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand search" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand search" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand search" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand search" -s n -l limit -d 'Show the newest N events' -r
complete -c emp -n "__fish_emp_using_subcommand search" -s o -l output -d 'How to print events' -r -f -a "text\t'Text for people'
json\t'One JSON array'
jsonl\t'One JSON object a line'"
complete -c emp -n "__fish_emp_using_subcommand search" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand search" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand search" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand search" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand search" -l full -d 'Show all of an event\'s data, a field a line'
complete -c emp -n "__fish_emp_using_subcommand search" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand search" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand stream" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand stream" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand stream" -l since -d 'First show what happened at or after this time: 15m (ago), 10:30, RFC 3339, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l last -d 'First show this last stretch of time: 15m, 1h' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -s n -l limit -d 'End after N events' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -s o -l output -d 'How to print events' -r -f -a "text\t'Text for people'
jsonl\t'One JSON object a line'"
complete -c emp -n "__fish_emp_using_subcommand stream" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand stream" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand stream" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand stream" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand stream" -l status -d 'Follow live status in place of events: progress of jobs, GPU figures of machines'
complete -c emp -n "__fish_emp_using_subcommand stream" -l live -d 'As the documents\' scripts say it; a stream is always live'
complete -c emp -n "__fish_emp_using_subcommand stream" -l full -d 'Show all of an event\'s data, a field a line'
complete -c emp -n "__fish_emp_using_subcommand stream" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand stream" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand stream" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand timeline" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand timeline" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand timeline" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l gap -d 'Mark silences longer than this [default: 1s]' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -s o -l output -d 'How to print it' -r -f -a "text\t'Text and a drawing'
json\t'One JSON object with all of it'"
complete -c emp -n "__fish_emp_using_subcommand timeline" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand timeline" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand timeline" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand timeline" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand timeline" -l full -d 'Show all data of each event, and every repeat'
complete -c emp -n "__fish_emp_using_subcommand timeline" -s f -l follow -d 'Show events as they come until the job ends or Ctrl-C, then the final figures; wait for an id that nobody has mentioned yet'
complete -c emp -n "__fish_emp_using_subcommand timeline" -l exit-status -d 'Exit with 1 if the job failed'
complete -c emp -n "__fish_emp_using_subcommand timeline" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand timeline" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand timeline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -s n -l limit -d 'Show so many kinds [default: 15, and all with -o]' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l columns -d 'Show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -a "show" -d 'Show one kind of failure: its samples with stacks, its jobs, its share by machine and version'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -a "timeline" -d 'Show what failed in a job, in order, with what came just before'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -a "patterns" -d 'Show errors by name: what they say again and again, and where they gather'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -a "alerts" -d 'Show which alerts the rules of emp.toml would fire over the window, and which did fire'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -a "explain" -d 'Say why two failures are one kind, or are not'
complete -c emp -n "__fish_emp_using_subcommand errors; and not __fish_seen_subcommand_from show timeline patterns alerts explain help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l columns -d 'Show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l explain -d 'Say why its errors are one kind'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l columns -d 'Show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from timeline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l columns -d 'Show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from patterns" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l threshold -d 'Only rules of at least this severity' -r -f -a "warning\t'All rules'
critical\t'Only critical ones'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l columns -d 'Show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from alerts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one kind of failure: its samples with stacks, its jobs, its share by machine and version'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from help" -f -a "timeline" -d 'Show what failed in a job, in order, with what came just before'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from help" -f -a "patterns" -d 'Show errors by name: what they say again and again, and where they gather'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from help" -f -a "alerts" -d 'Show which alerts the rules of emp.toml would fire over the window, and which did fire'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Say why two failures are one kind, or are not'
complete -c emp -n "__fish_emp_using_subcommand errors; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c emp -n "__fish_emp_using_subcommand perf" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand perf" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand perf" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l history -d 'How far before the window to look for what is usual; 0s for not at all' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l by -d 'Group by step, service, worker, machine, jobType or data.FIELD' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l slowest -d 'Show the N slowest jobs, and the steps that made them slow' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l baseline -d 'Compare with the time before (24h), or a file: events, or a report of -o json' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l fail-over -d 'Exit with 1 if anything is slower by more than this: 20%' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l job-type -d 'Only the course of jobs of this type' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l graph -d 'Draw the usual course in this language' -r -f -a "mermaid\t'Mermaid\'s flowchart'
dot\t'Graphviz'"
complete -c emp -n "__fish_emp_using_subcommand perf" -l columns -d 'Show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand perf" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand perf" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand perf" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand perf" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand perf" -l histogram -d 'Draw how durations are spread'
complete -c emp -n "__fish_emp_using_subcommand perf" -l over-time -d 'Show jobs over time: started, ended, running at once, waiting'
complete -c emp -n "__fish_emp_using_subcommand perf" -l steps -d 'Show the usual course of jobs, learned from those that completed'
complete -c emp -n "__fish_emp_using_subcommand perf" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand perf" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand perf" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand perf" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand correlate" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand correlate" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand correlate" -l since -d 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l until -d 'Only events at or before this time' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l last -d 'Only events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l slow -d 'Compare the slowest tenth of completed jobs of each type with the others, or those that took longer than DURATION' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l against -d 'Compare jobs that match QUERY with those that match this one; \'*\' for all others' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l columns -d 'Show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand correlate" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand correlate" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand correlate" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand correlate" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand correlate" -l failed -d 'Compare jobs that failed or timed out with those that completed'
complete -c emp -n "__fish_emp_using_subcommand correlate" -l usual -d 'Set a job beside the usual course of its type, step by step'
complete -c emp -n "__fish_emp_using_subcommand correlate" -l races -d 'Show what happened in an order that cannot be: jobs claimed twice, completed before they started, worked on after their end'
complete -c emp -n "__fish_emp_using_subcommand correlate" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand correlate" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand correlate" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand correlate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand health" -l services -d 'Services that should have been heard in the last five minutes, separated by commas; \'\' for none' -r
complete -c emp -n "__fish_emp_using_subcommand health" -l from -d 'Judge this source: a URL, a file, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand health" -l collector -d 'Judge only this collector, by its heartbeat in Redis; without a NAME the one on this machine, by its answer at collect.listen, or by its heartbeat where that is none. For a container\'s HEALTHCHECK' -r
complete -c emp -n "__fish_emp_using_subcommand health" -l probe-timeout -d 'How long --probe follows the canary' -r
complete -c emp -n "__fish_emp_using_subcommand health" -l columns -d 'With --stuck, show these columns of the table, or `all`' -r
complete -c emp -n "__fish_emp_using_subcommand health" -l since -d 'With --stuck, look only at events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339' -r
complete -c emp -n "__fish_emp_using_subcommand health" -l last -d 'With --stuck, look only at events of this last stretch of time: 15m, 1h, 2d' -r
complete -c emp -n "__fish_emp_using_subcommand health" -l interval -d 'How often --watch looks' -r
complete -c emp -n "__fish_emp_using_subcommand health" -s o -l output -d 'How to print it' -r -f -a "text\t'Text for people'
json\t'One JSON object'
jsonl\t'One JSON object a line of the table'
csv\t'Comma-separated values with a head'"
complete -c emp -n "__fish_emp_using_subcommand health" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand health" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand health" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand health" -l ready -d 'Exit with 1 also where --collector lives and cannot work just now: Redis or an output is away'
complete -c emp -n "__fish_emp_using_subcommand health" -l probe -d 'Send a canary through stream, collector and every output, and show when it was where'
complete -c emp -n "__fish_emp_using_subcommand health" -l stuck -d 'List the running jobs that are overdue, worst first, by what completed jobs usually do'
complete -c emp -n "__fish_emp_using_subcommand health" -l no-index -d 'With --stuck, read every entry from Redis, not from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand health" -s w -l watch -d 'Draw it anew every few seconds until Ctrl-C'
complete -c emp -n "__fish_emp_using_subcommand health" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand health" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand export" -l service -d 'Only events of this service; globs such as \'api-*\', repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l event-type -d 'Only events of this type, such as job.failed or \'websocket.*\'; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l job-id -d 'Only events of this job; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l worker-id -d 'Only events of this worker; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l machine-id -d 'Only events of this machine; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l user-id -d 'Only events of this user; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l trace-id -d 'Only events of this trace; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l request-id -d 'Only events of this request; globs, repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l level -d 'Only events of this level: debug, info, warn or error; repeatable' -r -f -a "debug\t''
info\t''
warn\t''
error\t''"
complete -c emp -n "__fish_emp_using_subcommand export" -l filter -d 'A query, as the documents\' scripts write it: jobId:job_123' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l stream -d 'Read only this stream: events, errors or the key of another; repeatable' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l from -d 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal' -r -F
complete -c emp -n "__fish_emp_using_subcommand export" -l output-file -d 'The file, packed where its name ends in .gz or .zst; - for standard output [default: ID.ndjson.gz]' -r -F
complete -c emp -n "__fish_emp_using_subcommand export" -l context -d 'How many of the newest events around it are written as well' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand export" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand export" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand export" -l no-index -d 'Read every entry from Redis: not by the collector\'s index, nor from the cache (cache.path)'
complete -c emp -n "__fish_emp_using_subcommand export" -l force -d 'Replace a file of this name'
complete -c emp -n "__fish_emp_using_subcommand export" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand export" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand collect" -s o -l output -d 'How --check prints what it finds' -r -f -a "text\t'Text for people'
json\t'One JSON object'"
complete -c emp -n "__fish_emp_using_subcommand collect" -l consumer -d 'Name of this collector in its consumer groups [default: the host\'s name]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l claim-idle -d 'Take over entries that another collector has left alone for so long [default: 60s]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l file -d 'Write every event to this file, or `none` [default: ./logs/telemetry/events.log, and none with NODE_ENV=production]' -r -F
complete -c emp -n "__fish_emp_using_subcommand collect" -l spool -d 'Keep what an output cannot take in this folder' -r -f -a "(__fish_complete_directories)"
complete -c emp -n "__fish_emp_using_subcommand collect" -l spool-size -d 'Size of one output\'s spool [default: 100MB]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l otlp-endpoint -d 'Send to this OTLP backend: http://host:4318 or https://host:4317' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l otlp-protocol -d 'Carry OTLP by grpc or http/protobuf [default: grpc at port 4317, else http/protobuf]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l otlp-header -d 'Add a header to every request; EMP_OTLP_HEADERS keeps a token out of process lists' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l otlp-compression -d 'Compress requests by gzip or none [default: gzip]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l otlp-timeout -d 'Give one request so much time [default: 10s]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l otlp-ca -d 'Trust the authority in this PEM file instead of the system\'s' -r -F
complete -c emp -n "__fish_emp_using_subcommand collect" -l otlp-signals -d 'Send only these signals [default: logs,traces,metrics]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l listen -d 'Answer /healthz, /readyz, /status and /metrics here, or `none` [default: 127.0.0.1:9464]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l listen-token -d 'Ask for this token at /status and /metrics; EMP_LISTEN_TOKEN keeps it out of process lists' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l shutdown-timeout -d 'Deliver for so long when told to stop [default: 10s]' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l log-format -d 'How to write what happens to standard error' -r -f -a "text\t'Time, level and a sentence'
json\t'One JSON object a line'"
complete -c emp -n "__fish_emp_using_subcommand collect" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand collect" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand collect" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand collect" -l check -d 'Check the settings, reach Redis and every output once, and read nothing; exits with 1 where something does not work'
complete -c emp -n "__fish_emp_using_subcommand collect" -l no-index -d 'Keep no index of jobs and traces in Redis'
complete -c emp -n "__fish_emp_using_subcommand collect" -l no-trim -d 'Remove no entries from the streams'
complete -c emp -n "__fish_emp_using_subcommand collect" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand collect" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand collect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand demo" -l jobs -d 'How many jobs to simulate [default: 24, with --plant 2000]' -r
complete -c emp -n "__fish_emp_using_subcommand demo" -l rate -d 'Emit this many events a second [default: all at once]' -r
complete -c emp -n "__fish_emp_using_subcommand demo" -l seed -d 'Begin the simulation with this number' -r
complete -c emp -n "__fish_emp_using_subcommand demo" -l plant -d 'Print hours of events with these causes planted in them, one JSON object a line: all, none, or some of bad-machine, slow-step, race, stuck, new-error, skewed-clock. Takes 500 jobs or more' -r
complete -c emp -n "__fish_emp_using_subcommand demo" -l truth -d 'Write what was planted where to this file, as JSON' -r -F
complete -c emp -n "__fish_emp_using_subcommand demo" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand demo" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand demo" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand demo" -l keep -d 'Keep what earlier demos left in the demo\'s journal'
complete -c emp -n "__fish_emp_using_subcommand demo" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand demo" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -f -a "show" -d 'Show every setting with its value and origin, passwords masked'
complete -c emp -n "__fish_emp_using_subcommand config; and not __fish_seen_subcommand_from show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print the settings' -r -f -a "text\t'Text for people'
json\t'One JSON object'"
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from show" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting with its value and origin, passwords masked'
complete -c emp -n "__fish_emp_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c emp -n "__fish_emp_using_subcommand completions" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand completions" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand completions" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand completions" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand completions" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand man" -l dir -d 'Write the pages of emp and of every command into this folder' -r -f -a "(__fish_complete_directories)"
complete -c emp -n "__fish_emp_using_subcommand man" -l url -d 'Address of Redis: redis://, rediss:// or redis+unix://' -r
complete -c emp -n "__fish_emp_using_subcommand man" -l config -d 'Read settings from this file alone, in place of emp.toml and the user\'s file' -r -F
complete -c emp -n "__fish_emp_using_subcommand man" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal that takes it, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c emp -n "__fish_emp_using_subcommand man" -s q -l quiet -d 'Say nothing but errors beside the data'
complete -c emp -n "__fish_emp_using_subcommand man" -s v -l verbose -d 'Say what emp does on the way'
complete -c emp -n "__fish_emp_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "emit" -d 'Add an event to the stream'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "run" -d 'Run a command, and emit when it starts and how it ends'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "shell-hook" -d 'Print a hook for a shell script, which reports its failing commands'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "search" -d 'Find events by words, fields and time'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "stream" -d 'Follow events as they happen'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "timeline" -d 'Show everything that happened to a job, in order, with gaps and handoffs'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "errors" -d 'Show what fails, by kind: how often, since when, where, and whether it is new'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "perf" -d 'Show how long things take, how often they happen, and what got slower'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "correlate" -d 'Say why a job failed, and what failed jobs have in common'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "health" -d 'Judge the event system: streams, groups, memory, clocks, silent services, names'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "export" -d 'Write everything about a job into one file that a colleague opens with --from'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "collect" -d 'Follow the streams, write events to files and forward them to any OTLP backend'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "demo" -d 'Emit the events of a simulated job system, and look at them'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "config" -d 'Show the settings and where each comes from'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "completions" -d 'Print completions for a shell'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "man" -d 'Print the manual page, or write one for every command'
complete -c emp -n "__fish_emp_using_subcommand help; and not __fish_seen_subcommand_from emit run shell-hook search stream timeline errors perf correlate health export collect demo config completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c emp -n "__fish_emp_using_subcommand help; and __fish_seen_subcommand_from errors" -f -a "show" -d 'Show one kind of failure: its samples with stacks, its jobs, its share by machine and version'
complete -c emp -n "__fish_emp_using_subcommand help; and __fish_seen_subcommand_from errors" -f -a "timeline" -d 'Show what failed in a job, in order, with what came just before'
complete -c emp -n "__fish_emp_using_subcommand help; and __fish_seen_subcommand_from errors" -f -a "patterns" -d 'Show errors by name: what they say again and again, and where they gather'
complete -c emp -n "__fish_emp_using_subcommand help; and __fish_seen_subcommand_from errors" -f -a "alerts" -d 'Show which alerts the rules of emp.toml would fire over the window, and which did fire'
complete -c emp -n "__fish_emp_using_subcommand help; and __fish_seen_subcommand_from errors" -f -a "explain" -d 'Say why two failures are one kind, or are not'
complete -c emp -n "__fish_emp_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show every setting with its value and origin, passwords masked'
