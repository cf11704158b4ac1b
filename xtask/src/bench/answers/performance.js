// What takes how long? Count, mean and percentiles of every type of event that tells a duration.
'use strict';

const { answer, duration, read } = require('./events.js');

function rank(sorted, share) {
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
}

answer(async () => {
  const groups = {};
  for (const event of await read(() => true)) (groups[event.eventType] ??= []).push(event);
  return Object.entries(groups).map(([eventType, events]) => {
    const took = events
      .map(duration)
      .filter((ms) => ms !== undefined)
      .sort((a, b) => a - b);
    const sum = took.reduce((all, ms) => all + ms, 0);
    return {
      eventType,
      count: events.length,
      timed: took.length,
      mean: took.length ? sum / took.length : null,
      p50: rank(took, 0.5) ?? null,
      p95: rank(took, 0.95) ?? null,
      p99: rank(took, 0.99) ?? null,
      max: took.at(-1) ?? null,
    };
  });
});
