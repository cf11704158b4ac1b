// How long did a job take at each step? Its events with the time until the next one, and the gaps.
'use strict';

const { answer, duration, pairs, read } = require('./events.js');

const GAP_MS = 1000;

answer(async (job) => {
  const events = await read((event) => event.jobId === job);
  const steps = events.map((event) => ({
    service: event.service,
    eventType: event.eventType,
    offsetMs: event.timestamp - events[0].timestamp,
    tookMs: duration(event) ?? null,
  }));
  const gaps = pairs(events)
    .map(([before, after]) => after.timestamp - before.timestamp)
    .filter((ms) => ms > GAP_MS);
  return { events: events.length, totalMs: steps.at(-1)?.offsetMs ?? 0, steps, gaps };
});
