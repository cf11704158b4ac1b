
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
            [CompletionResult]::new('errors', 'errors', [CompletionResultType]::ParameterValue, 'Show what fails, by kind: how often, since when, where, and whether it is new')
            [CompletionResult]::new('perf', 'perf', [CompletionResultType]::ParameterValue, 'Show how long things take, how often they happen, and what got slower')
            [CompletionResult]::new('correlate', 'correlate', [CompletionResultType]::ParameterValue, 'Say why a job failed, and what failed jobs have in common')
            [CompletionResult]::new('health', 'health', [CompletionResultType]::ParameterValue, 'Judge the event system: streams, groups, memory, clocks, silent services, names')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write everything about a job into one file that a colleague opens with --from')
            [CompletionResult]::new('collect', 'collect', [CompletionResultType]::ParameterValue, 'Follow the streams, write events to files and forward them to any OTLP backend')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Emit the events of a simulated job system, and look at them')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings and where each comes from')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write one for every command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
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
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
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
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
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
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
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
        'emp;errors' {
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
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show so many kinds [default: 15, and all with -o]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show so many kinds [default: 15, and all with -o]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns of the table, or `all`')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Draw it anew every few seconds until Ctrl-C')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Draw it anew every few seconds until Ctrl-C')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one kind of failure: its samples with stacks, its jobs, its share by machine and version')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Show what failed in a job, in order, with what came just before')
            [CompletionResult]::new('patterns', 'patterns', [CompletionResultType]::ParameterValue, 'Show errors by name: what they say again and again, and where they gather')
            [CompletionResult]::new('alerts', 'alerts', [CompletionResultType]::ParameterValue, 'Show which alerts the rules of emp.toml would fire over the window, and which did fire')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say why two failures are one kind, or are not')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'emp;errors;show' {
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
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns of the table, or `all`')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Say why its errors are one kind')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
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
        'emp;errors;timeline' {
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
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns of the table, or `all`')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
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
        'emp;errors;patterns' {
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
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns of the table, or `all`')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
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
        'emp;errors;alerts' {
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'Only rules of at least this severity')
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
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns of the table, or `all`')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
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
        'emp;errors;explain' {
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
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;errors;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one kind of failure: its samples with stacks, its jobs, its share by machine and version')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Show what failed in a job, in order, with what came just before')
            [CompletionResult]::new('patterns', 'patterns', [CompletionResultType]::ParameterValue, 'Show errors by name: what they say again and again, and where they gather')
            [CompletionResult]::new('alerts', 'alerts', [CompletionResultType]::ParameterValue, 'Show which alerts the rules of emp.toml would fire over the window, and which did fire')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say why two failures are one kind, or are not')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'emp;errors;help;show' {
            break
        }
        'emp;errors;help;timeline' {
            break
        }
        'emp;errors;help;patterns' {
            break
        }
        'emp;errors;help;alerts' {
            break
        }
        'emp;errors;help;explain' {
            break
        }
        'emp;errors;help;help' {
            break
        }
        'emp;perf' {
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
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'How far before the window to look for what is usual; 0s for not at all')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Group by step, service, worker, machine, jobType or data.FIELD')
            [CompletionResult]::new('--slowest', '--slowest', [CompletionResultType]::ParameterName, 'Show the N slowest jobs, and the steps that made them slow')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'Compare with the time before (24h), or a file: events, or a report of -o json')
            [CompletionResult]::new('--fail-over', '--fail-over', [CompletionResultType]::ParameterName, 'Exit with 1 if anything is slower by more than this: 20%')
            [CompletionResult]::new('--job-type', '--job-type', [CompletionResultType]::ParameterName, 'Only the course of jobs of this type')
            [CompletionResult]::new('--graph', '--graph', [CompletionResultType]::ParameterName, 'Draw the usual course in this language')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns of the table, or `all`')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
            [CompletionResult]::new('--histogram', '--histogram', [CompletionResultType]::ParameterName, 'Draw how durations are spread')
            [CompletionResult]::new('--over-time', '--over-time', [CompletionResultType]::ParameterName, 'Show jobs over time: started, ended, running at once, waiting')
            [CompletionResult]::new('--steps', '--steps', [CompletionResultType]::ParameterName, 'Show the usual course of jobs, learned from those that completed')
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
        'emp;correlate' {
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
            [CompletionResult]::new('--slow', '--slow', [CompletionResultType]::ParameterName, 'Compare the slowest tenth of completed jobs of each type with the others, or those that took longer than DURATION')
            [CompletionResult]::new('--against', '--against', [CompletionResultType]::ParameterName, 'Compare jobs that match QUERY with those that match this one; ''*'' for all others')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns of the table, or `all`')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Compare jobs that failed or timed out with those that completed')
            [CompletionResult]::new('--usual', '--usual', [CompletionResultType]::ParameterName, 'Set a job beside the usual course of its type, step by step')
            [CompletionResult]::new('--races', '--races', [CompletionResultType]::ParameterName, 'Show what happened in an order that cannot be: jobs claimed twice, completed before they started, worked on after their end')
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
        'emp;health' {
            [CompletionResult]::new('--services', '--services', [CompletionResultType]::ParameterName, 'Services that should have been heard in the last five minutes, separated by commas; '''' for none')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Judge this source: a URL, a file, or journal')
            [CompletionResult]::new('--collector', '--collector', [CompletionResultType]::ParameterName, 'Judge only this collector, by its heartbeat in Redis; without a NAME the one on this machine, by its answer at collect.listen, or by its heartbeat where that is none. For a container''s HEALTHCHECK')
            [CompletionResult]::new('--probe-timeout', '--probe-timeout', [CompletionResultType]::ParameterName, 'How long --probe follows the canary')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'With --stuck, show these columns of the table, or `all`')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'With --stuck, look only at events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'With --stuck, look only at events of this last stretch of time: 15m, 1h, 2d')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often --watch looks')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--ready', '--ready', [CompletionResultType]::ParameterName, 'Exit with 1 also where --collector lives and cannot work just now: Redis or an output is away')
            [CompletionResult]::new('--probe', '--probe', [CompletionResultType]::ParameterName, 'Send a canary through stream, collector and every output, and show when it was where')
            [CompletionResult]::new('--stuck', '--stuck', [CompletionResultType]::ParameterName, 'List the running jobs that are overdue, worst first, by what completed jobs usually do')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'With --stuck, read every entry from Redis, not from the cache (cache.path)')
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
        'emp;export' {
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
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'The file, packed where its name ends in .gz or .zst; - for standard output [default: ID.ndjson.gz]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'How many of the newest events around it are written as well')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Address of Redis: redis://, rediss:// or redis+unix://')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file alone, in place of emp.toml and the user''s file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the output')
            [CompletionResult]::new('--no-index', '--no-index', [CompletionResultType]::ParameterName, 'Read every entry from Redis: not by the collector''s index, nor from the cache (cache.path)')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace a file of this name')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors beside the data')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what emp does on the way')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'emp;collect' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How --check prints what it finds')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How --check prints what it finds')
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
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check the settings, reach Redis and every output once, and read nothing; exits with 1 where something does not work')
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
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many jobs to simulate [default: 24, with --plant 2000]')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Emit this many events a second [default: all at once]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Begin the simulation with this number')
            [CompletionResult]::new('--plant', '--plant', [CompletionResultType]::ParameterName, 'Print hours of events with these causes planted in them, one JSON object a line: all, none, or some of bad-machine, slow-step, race, stuck, new-error, skewed-clock. Takes 500 jobs or more')
            [CompletionResult]::new('--truth', '--truth', [CompletionResultType]::ParameterName, 'Write what was planted where to this file, as JSON')
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
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
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
        'emp;config;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting with its value and origin, passwords masked')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'emp;config;help;show' {
            break
        }
        'emp;config;help;help' {
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
        'emp;help' {
            [CompletionResult]::new('emit', 'emit', [CompletionResultType]::ParameterValue, 'Add an event to the stream')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command, and emit when it starts and how it ends')
            [CompletionResult]::new('shell-hook', 'shell-hook', [CompletionResultType]::ParameterValue, 'Print a hook for a shell script, which reports its failing commands')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Find events by words, fields and time')
            [CompletionResult]::new('stream', 'stream', [CompletionResultType]::ParameterValue, 'Follow events as they happen')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Show everything that happened to a job, in order, with gaps and handoffs')
            [CompletionResult]::new('errors', 'errors', [CompletionResultType]::ParameterValue, 'Show what fails, by kind: how often, since when, where, and whether it is new')
            [CompletionResult]::new('perf', 'perf', [CompletionResultType]::ParameterValue, 'Show how long things take, how often they happen, and what got slower')
            [CompletionResult]::new('correlate', 'correlate', [CompletionResultType]::ParameterValue, 'Say why a job failed, and what failed jobs have in common')
            [CompletionResult]::new('health', 'health', [CompletionResultType]::ParameterValue, 'Judge the event system: streams, groups, memory, clocks, silent services, names')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write everything about a job into one file that a colleague opens with --from')
            [CompletionResult]::new('collect', 'collect', [CompletionResultType]::ParameterValue, 'Follow the streams, write events to files and forward them to any OTLP backend')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Emit the events of a simulated job system, and look at them')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings and where each comes from')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write one for every command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'emp;help;emit' {
            break
        }
        'emp;help;run' {
            break
        }
        'emp;help;shell-hook' {
            break
        }
        'emp;help;search' {
            break
        }
        'emp;help;stream' {
            break
        }
        'emp;help;timeline' {
            break
        }
        'emp;help;errors' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one kind of failure: its samples with stacks, its jobs, its share by machine and version')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Show what failed in a job, in order, with what came just before')
            [CompletionResult]::new('patterns', 'patterns', [CompletionResultType]::ParameterValue, 'Show errors by name: what they say again and again, and where they gather')
            [CompletionResult]::new('alerts', 'alerts', [CompletionResultType]::ParameterValue, 'Show which alerts the rules of emp.toml would fire over the window, and which did fire')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say why two failures are one kind, or are not')
            break
        }
        'emp;help;errors;show' {
            break
        }
        'emp;help;errors;timeline' {
            break
        }
        'emp;help;errors;patterns' {
            break
        }
        'emp;help;errors;alerts' {
            break
        }
        'emp;help;errors;explain' {
            break
        }
        'emp;help;perf' {
            break
        }
        'emp;help;correlate' {
            break
        }
        'emp;help;health' {
            break
        }
        'emp;help;export' {
            break
        }
        'emp;help;collect' {
            break
        }
        'emp;help;demo' {
            break
        }
        'emp;help;config' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting with its value and origin, passwords masked')
            break
        }
        'emp;help;config;show' {
            break
        }
        'emp;help;completions' {
            break
        }
        'emp;help;man' {
            break
        }
        'emp;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
