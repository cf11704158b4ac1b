// What errors occurred on a machine? The errors that name it, and how often each name came.
'use strict';

const { answer, isError, read } = require('./events.js');

answer(async (machine) => {
  const found = await read((event) => event.machineId === machine && isError(event));
  const names = {};
  for (const event of found) {
    if (!event.eventType.startsWith('error.')) continue;
    const name = event.eventType.slice('error.'.length);
    names[name] = (names[name] ?? 0) + 1;
  }
  return { found: found.length, names };
});
