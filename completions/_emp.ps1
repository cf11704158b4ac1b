
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'emp' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'emp'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'emp' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('emit', 'emit', [CompletionResultType]::ParameterValue, 'Add an event to the stream')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command, and emit when it starts and how it ends')
            [CompletionResult]::new('shell-hook', 'shell-hook', [CompletionResultType]::ParameterValue, 'Print a hook for a shell script, which reports its failing commands')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Find events by words, fields and time')
            [CompletionResult]::new('stream', 'stream', [CompletionResultType]::ParameterValue, 'Follow events as they happen')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Show everything that happened to a job, in order, with gaps and handoffs')
            [CompletionResult]::new('health', 'health', [CompletionResultType]::ParameterValue, 'Judge the event system: streams, groups, memory, clocks, silent services, names')
            [CompletionResult]::new('collect', 'collect', [CompletionResultType]::ParameterValue, 'Follow the streams, write events to files and forward them to any OTLP backend')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Emit the events of a simulated job system, and look at them')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings and where each comes from')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write one for every command')
            break
        }
        'emp;emit' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Who says it [default: shell]')
            [CompletionResult]::new('--job-id', '--job-id', [CompletionResultType]::ParameterName, 'The job it is about')
            [CompletionResult]::new('--worker-id', '--worker-id', [CompletionResultType]::ParameterName, 'The worker it is about')
            [CompletionResult]::new('--machine-id', '--machine-id', [CompletionResultType]::ParameterName, 'The machine it is about')
            [CompletionResult]::new('--user-id', '--user-id', [CompletionResultType]::ParameterName, 'The user it is about')
            [CompletionResult]::new('--request-id', '--request-id', [CompletionResultType]::ParameterName, 'The HTTP request it is about')
            [CompletionResult]::new('--trace-id', '--trace-id', [CompletionResultType]::ParameterName, 'The trace it belongs to, 32 hex digits [default: that of TRACEPARENT, else a new one]')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'How serious it is: debug, info, warn or error')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'A field of data: key=text, or key:=json for numbers, true, lists; repeatable')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'All of data, as a JSON object, @file or @- for standard input; -d adds to it')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'When it happened [default: now]')
            [CompletionResult]::new('--error', '--error', [CompletionResultType]::ParameterName, 'Emit an error event, error.NAME, to the stream of errors [default name: Error]')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'What went wrong, as data.message')
            [CompletionResult]::new('--stack', '--stack', [CompletionResultType]::ParameterName, 'Where it went wrong, as data.stack: a stack trace, @file or @- for standard input')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Publish a live status in place of an event: job and comfyui need --job-id, machine --machine-id. It enters no stream; the last one is kept for a minute')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long Redis may take [default: 250ms]')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--print-id', '--print-id', [CompletionResultType]::ParameterName, 'Print the id of the event')
            [CompletionResult]::new('--new-job', '--new-job', [CompletionResultType]::ParameterName, 'Make a job id, job-UUID, for the event and print it')
            [CompletionResult]::new('--new-request', '--new-request', [CompletionResultType]::ParameterName, 'Make a request id, req-UUID, for the event and print it')
            [CompletionResult]::new('--new-trace', '--new-trace', [CompletionResultType]::ParameterName, 'Begin a new trace, whatever TRACEPARENT says')
            [CompletionResult]::new('--print-traceparent', '--print-traceparent', [CompletionResultType]::ParameterName, 'Make a span id for the event and print the TRACEPARENT for what it begins')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit with 3 when Redis did not take the event, with 2 when a line was refused')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read events from standard input, one JSON object a line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;run' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Who says it [default: shell]')
            [CompletionResult]::new('--job-id', '--job-id', [CompletionResultType]::ParameterName, 'The job that the command works on')
            [CompletionResult]::new('--worker-id', '--worker-id', [CompletionResultType]::ParameterName, 'The worker it runs in')
            [CompletionResult]::new('--machine-id', '--machine-id', [CompletionResultType]::ParameterName, 'The machine it runs on')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What to call it in its events [default: the program''s name]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End it after this time: TERM first, KILL ten seconds later; 0s is never')
            [CompletionResult]::new('--heartbeat', '--heartbeat', [CompletionResultType]::ParameterName, 'Emit command.heartbeat this often while it runs')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--capture', '--capture', [CompletionResultType]::ParameterName, 'Keep the last lines of standard error for the event even where it is a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;shell-hook' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;search' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Only events of this service; globs such as ''api-*'', repeatable')
            [CompletionResult]::new('--event-type', '--event-type', [CompletionResultType]::ParameterName, 'Only events of this type, such as job.failed or ''websocket.*''; repeatable')
            [CompletionResult]::new('--job-id', '--job-id', [CompletionResultType]::ParameterName, 'Only events of this job; globs, repeatable')
            [CompletionResult]::new('--worker-id', '--worker-id', [CompletionResultType]::ParameterName, 'Only events of this worker; globs, repeatable')
            [CompletionResult]::new('--machine-id', '--machine-id', [CompletionResultType]::ParameterName, 'Only events of this machine; globs, repeatable')
            [CompletionResult]::new('--user-id', '--user-id', [CompletionResultType]::ParameterName, 'Only events of this user; globs, repeatable')
            [CompletionResult]::new('--trace-id', '--trace-id', [CompletionResultType]::ParameterName, 'Only events of this trace; globs, repeatable')
            [CompletionResult]::new('--request-id', '--request-id', [CompletionResultType]::ParameterName, 'Only events of this request; globs, repeatable')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'Only events of this level: debug, info, warn or error; repeatable')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'A query, as the documents'' scripts write it: jobId:job_123')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'Read only this stream: events, errors or the key of another; repeatable')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events at or before this time')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only events of this last stretch of time: 15m, 1h, 2d')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show the newest N events')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show the newest N events')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print events')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print events')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show all of an event''s data, a field a line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;stream' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Only events of this service; globs such as ''api-*'', repeatable')
            [CompletionResult]::new('--event-type', '--event-type', [CompletionResultType]::ParameterName, 'Only events of this type, such as job.failed or ''websocket.*''; repeatable')
            [CompletionResult]::new('--job-id', '--job-id', [CompletionResultType]::ParameterName, 'Only events of this job; globs, repeatable')
            [CompletionResult]::new('--worker-id', '--worker-id', [CompletionResultType]::ParameterName, 'Only events of this worker; globs, repeatable')
            [CompletionResult]::new('--machine-id', '--machine-id', [CompletionResultType]::ParameterName, 'Only events of this machine; globs, repeatable')
            [CompletionResult]::new('--user-id', '--user-id', [CompletionResultType]::ParameterName, 'Only events of this user; globs, repeatable')
            [CompletionResult]::new('--trace-id', '--trace-id', [CompletionResultType]::ParameterName, 'Only events of this trace; globs, repeatable')
            [CompletionResult]::new('--request-id', '--request-id', [CompletionResultType]::ParameterName, 'Only events of this request; globs, repeatable')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'Only events of this level: debug, info, warn or error; repeatable')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'A query, as the documents'' scripts write it: jobId:job_123')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'Read only this stream: events, errors or the key of another; repeatable')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'First show what happened at or after this time: 15m (ago), 10:30, RFC 3339, entry id')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'First show this last stretch of time: 15m, 1h')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'End after N events')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'End after N events')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print events')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print events')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Follow live status in place of events: progress of jobs, GPU figures of machines')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'As the documents'' scripts say it; a stream is always live')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show all of an event''s data, a field a line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;timeline' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Only events of this service; globs such as ''api-*'', repeatable')
            [CompletionResult]::new('--event-type', '--event-type', [CompletionResultType]::ParameterName, 'Only events of this type, such as job.failed or ''websocket.*''; repeatable')
            [CompletionResult]::new('--job-id', '--job-id', [CompletionResultType]::ParameterName, 'Only events of this job; globs, repeatable')
            [CompletionResult]::new('--worker-id', '--worker-id', [CompletionResultType]::ParameterName, 'Only events of this worker; globs, repeatable')
            [CompletionResult]::new('--machine-id', '--machine-id', [CompletionResultType]::ParameterName, 'Only events of this machine; globs, repeatable')
            [CompletionResult]::new('--user-id', '--user-id', [CompletionResultType]::ParameterName, 'Only events of this user; globs, repeatable')
            [CompletionResult]::new('--trace-id', '--trace-id', [CompletionResultType]::ParameterName, 'Only events of this trace; globs, repeatable')
            [CompletionResult]::new('--request-id', '--request-id', [CompletionResultType]::ParameterName, 'Only events of this request; globs, repeatable')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'Only events of this level: debug, info, warn or error; repeatable')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'A query, as the documents'' scripts write it: jobId:job_123')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'Read only this stream: events, errors or the key of another; repeatable')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events at or before this time')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only events of this last stretch of time: 15m, 1h, 2d')
            [CompletionResult]::new('--gap', '--gap', [CompletionResultType]::ParameterName, 'Mark silences longer than this [default: 1s]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show all data of each event, and every repeat')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Show events as they come until the job ends or Ctrl-C, then the final figures; wait for an id that nobody has mentioned yet')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Show events as they come until the job ends or Ctrl-C, then the final figures; wait for an id that nobody has mentioned yet')
            [CompletionResult]::new('--exit-status', '--exit-status', [CompletionResultType]::ParameterName, 'Exit with 1 if the job failed')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;health' {
            [CompletionResult]::new('--services', '--services', [CompletionResultType]::ParameterName, 'Services that should have been heard in the last five minutes, separated by commas; '''' for none')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Judge this source: a URL, a file, or journal')
            [CompletionResult]::new('--collector', '--collector', [CompletionResultType]::ParameterName, 'Judge only this collector, or the one on this machine: where it listens, else by its heartbeat in Redis. For a container''s HEALTHCHECK')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Draw it anew every few seconds until Ctrl-C')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Draw it anew every few seconds until Ctrl-C')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;collect' {
            [CompletionResult]::new('--consumer', '--consumer', [CompletionResultType]::ParameterName, 'Name of this collector in its consumer groups [default: the host''s name]')
            [CompletionResult]::new('--claim-idle', '--claim-idle', [CompletionResultType]::ParameterName, 'Take over entries that another collector has left alone for so long [default: 60s]')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Write every event to this file, or `none` [default: ./logs/telemetry/events.log, and none with NODE_ENV=production]')
            [CompletionResult]::new('--spool', '--spool', [CompletionResultType]::ParameterName, 'Keep what an output cannot take in this folder')
            [CompletionResult]::new('--spool-size', '--spool-size', [CompletionResultType]::ParameterName, 'Size of one output''s spool [default: 100MB]')
            [CompletionResult]::new('--otlp-endpoint', '--otlp-endpoint', [CompletionResultType]::ParameterName, 'Send to this OTLP backend: http://host:4318 or https://host:4317')
            [CompletionResult]::new('--otlp-protocol', '--otlp-protocol', [CompletionResultType]::ParameterName, 'Carry OTLP by grpc or http/protobuf [default: grpc at port 4317, else http/protobuf]')
            [CompletionResult]::new('--otlp-header', '--otlp-header', [CompletionResultType]::ParameterName, 'Add a header to every request; EMP_OTLP_HEADERS keeps a token out of process lists')
            [CompletionResult]::new('--otlp-compression', '--otlp-compression', [CompletionResultType]::ParameterName, 'Compress requests by gzip or none [default: gzip]')
            [CompletionResult]::new('--otlp-timeout', '--otlp-timeout', [CompletionResultType]::ParameterName, 'Give one request so much time [default: 10s]')
            [CompletionResult]::new('--otlp-ca', '--otlp-ca', [CompletionResultType]::ParameterName, 'Trust the authority in this PEM file instead of the system''s')
            [CompletionResult]::new('--otlp-signals', '--otlp-signals', [CompletionResultType]::ParameterName, 'Send only these signals [default: logs,traces,metrics]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Answer /healthz, /readyz, /status and /metrics here, or `none` [default: 127.0.0.1:9464]')
            [CompletionResult]::new('--listen-token', '--listen-token', [CompletionResultType]::ParameterName, 'Ask for this token at /status and /metrics; EMP_LISTEN_TOKEN keeps it out of process lists')
            [CompletionResult]::new('--shutdown-timeout', '--shutdown-timeout', [CompletionResultType]::ParameterName, 'Deliver for so long when told to stop [default: 10s]')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write what happens to standard error')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check the settings, reach Redis and every output once, and read nothing')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Keep no index of jobs and traces in Redis')
            [CompletionResult]::new('--no-trim', '--no-trim', [CompletionResultType]::ParameterName, 'Remove no entries from the streams')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;demo' {
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many jobs to simulate')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Emit this many events a second [default: all at once]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Begin the simulation with this number')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep what earlier demos left in the demo''s journal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;config' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting with its value and origin, passwords masked')
            break
        }
        'emp;config;show' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the settings')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the settings')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;completions' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;man' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Write the pages of emp and of every command into this folder')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
