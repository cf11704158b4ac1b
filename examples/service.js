// A Node service that emits events through one `emp emit --stdin`: writing a line is all that a
// request pays. emp batches, keeps events in its journal while Redis is away, and delivers what it
// has when the service ends.
//
//   node examples/service.js
const { spawn } = require('node:child_process');
const { randomUUID } = require('node:crypto');

// The whole client.
const emp = spawn('emp', ['emit', '--stdin', '--service', 'api-server'], {
  stdio: ['pipe', 'ignore', 'inherit'],
});
for (const source of [emp, emp.stdin]) source.on('error', (error) => console.warn(`no events: ${error.message}`));
function event(eventType, ids = {}, data = {}) {
  // Past 1 MB that emp has not read yet, events are left out rather than kept in memory.
  if (emp.stdin.writable && emp.stdin.writableLength < 1e6) {
    emp.stdin.write(`${JSON.stringify({ timestamp: Date.now(), eventType, ...ids, data })}\n`);
  }
}

// A request of this service, for an example.
async function handle(jobType) {
  const ids = { requestId: `req-${randomUUID()}`, jobId: `job-${randomUUID()}`, traceId: randomUUID().replaceAll('-', '') };
  event('request.received', ids, { jobType });
  if (jobType === 'unknown') {
    event('error.UnknownJobType', { ...ids, level: 'error' }, { name: 'UnknownJobType', message: `no worker takes ${jobType}` });
    return;
  }
  event('job.created', ids, { jobType });
}

(async () => {
  await handle('txt2img');
  await handle('unknown');
  emp.stdin.end(); // what was written is delivered, or in the journal, when emp ends
})();
