// Why did a job fail? Its failure, what else its trace says, and how services handed it on.
'use strict';

const { answer, isError, pairs, read } = require('./events.js');

answer(async (job) => {
  const events = await read((event) => event.jobId === job);
  const traces = new Set(events.map((event) => event.traceId));
  const related = await read((event) => event.jobId === job || traces.has(event.traceId));
  const handoffs = pairs(events)
    .filter(([before, after]) => before.service !== after.service)
    .map(([before, after]) => ({
      from: before.service,
      to: after.service,
      durationMs: after.timestamp - before.timestamp,
    }));
  const failure = events.filter(isError).at(0);
  return {
    events: events.length,
    related: related.length,
    handoffs,
    failedAt: failure?.eventType ?? null,
    service: failure?.service ?? null,
    message: failure?.data.message ?? failure?.data.error ?? null,
  };
});
