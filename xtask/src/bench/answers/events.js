// What the five scripts share: both streams read, each in one reply, every entry parsed.
'use strict';

const { createClient } = require('redis');

const STREAMS = ['emp:events', 'emp:errors'];
const IDS = ['jobId', 'workerId', 'machineId', 'userId', 'requestId'];

function parse(id, fields) {
  const event = { id };
  for (let at = 0; at < fields.length; at += 2) event[fields[at]] = fields[at + 1];
  event.timestamp = Number(event.timestamp ?? id.split('-')[0]);
  try {
    event.data = event.data ? JSON.parse(event.data) : {};
  } catch {
    event.data = { text: event.data };
  }
  for (const name of IDS) event[name] ??= event.data[name];
  return event;
}

// Every event, oldest first, that `wanted` accepts.
async function read(wanted) {
  const client = await createClient({ url: process.env.REDIS_URL }).connect();
  const found = [];
  for (const stream of STREAMS) {
    for (const [id, fields] of await client.sendCommand(['XRANGE', stream, '-', '+'])) {
      const event = parse(id, fields);
      if (wanted(event)) found.push(event);
    }
  }
  client.destroy();
  return found.sort((a, b) => a.timestamp - b.timestamp);
}

// Neighbours of a list, two by two.
function pairs(list) {
  return list.slice(1).map((after, at) => [list[at], after]);
}

function answer(work) {
  work(...process.argv.slice(2)).then(
    (figures) => console.log(JSON.stringify(figures)),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}

const isError = (event) =>
  event.eventType.startsWith('error.') || event.level === 'error' || event.eventType.endsWith('failed');

const isEnd = (event) =>
  ['job.completed', 'job.failed', 'job.cancelled', 'job.timeout', 'job.creation_failed'].includes(
    event.eventType,
  );

const DURATIONS = ['durationMs', 'processingTimeMs', 'completionTimeMs'];

function duration(event) {
  const name = DURATIONS.find((each) => typeof event.data[each] === 'number');
  return name && event.data[name];
}

module.exports = { answer, duration, isEnd, isError, pairs, read };
