// Which jobs are stuck? Those that have not ended and of which nothing was heard for a while.
'use strict';

const { answer, isEnd, read } = require('./events.js');

const QUIET_MS = 5 * 60 * 1000;

answer(async () => {
  const now = Date.parse(process.env.EMP_NOW);
  const jobs = new Map();
  for (const event of await read((each) => each.jobId !== undefined)) {
    const job = jobs.get(event.jobId) ?? { ended: false };
    job.ended ||= isEnd(event);
    job.last = event.timestamp;
    jobs.set(event.jobId, job);
  }
  const stuck = [...jobs].filter(([, job]) => !job.ended && now - job.last > QUIET_MS);
  return { jobs: jobs.size, stuck: stuck.map(([id]) => id).sort() };
});
