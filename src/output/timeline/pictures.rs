//! What the drawings look like; look at them whenever one changes.

use super::tests::*;

#[test]
fn a_failed_job_at_80_columns() {
    insta::assert_snapshot!(drawn(&failed(), &NARROW), @r#"
    job job_7f3a  image_generation  ✗ failed after 17.8 s
      events    23 (3 failures) in 18.1 s, from 2025-09-27 10:30:00.123 UTC
      services  api-server, worker, machine, webhook-service
      trace     8d12404289e478577467c87b7b93f785
      worker    worker-gpu-3
      machine   salad-7781

    TIME               +Δ  SERVICE            EVENT  DETAILS
    10:30:00.123           api-server         job.created  userId=u_42 …
    10:30:00.135  +0.012s  api-server         redis_function.executing
                           functionName=findMatchingJob argCount=3
    10:30:00.138  +0.003s  api-server         redis_function.completed
                           functionName=findMatchingJob resultSize=412
    10:30:00.141  +0.003s  api-server         job.queued  queueName=default
      ! ┄┄┄ 1.5 s gap: api-server → worker ┄┄┄
    10:30:01.653  +1.512s  worker             job.claimed  claimTimeMs=1512
    10:30:01.667  +0.014s  worker             connector.processing_started
                           connector=comfyui
    10:30:01.993  +0.326s  machine            machine.model_loaded  loadTimeMs=301 …
    10:30:02.223  +0.230s  worker             job.progress_updated  progress=5
    10:30:02.523  +0.300s  worker             job.progress_updated  progress=10
                           … 9 × job.progress_updated over 2.4 s
    10:30:05.523  +0.300s  worker             job.progress_updated  progress=60
      ! ┄┄┄ 12.4 s gap: worker → machine ┄┄┄
    10:30:17.923 +12.400s  machine          ✗ error.OutOfMemoryError
                           CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0;
                           23.69 GiB total capacity) name=OutOfMemoryError
    10:30:17.935  +0.012s  worker           ✗ connector.processing_failed
                           ComfyUI answered 500 durationMs=16268
    10:30:17.938  +0.003s  worker           ✗ job.failed
                           ComfyUI answered 500 retryable=false
    10:30:18.223  +0.285s  webhook-service    webhook.delivered
                           [after end] statusCode=200 …

    SERVICE                                                                     HELD
    api-server       ●╌╌╌╌                                                     1.5 s
    worker               ●━●●●●●●●●●●●╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌✗━  16.3 s
    machine               ●━                                              ✗   242 ms
    webhook-service                                                        ●    0 ms
                     ┴─────────────┴──────────────┴──────────────┴──────────
                     0             5 s            10 s           15 s
                     ● event  ━ last word  ╌ silent 1 s or more  ✗ failure

    Gaps of 1 s or more: 2, in order
       1.5 s  10:30:00.141  api-server job.queued → worker job.claimed
      12.4 s  10:30:05.523  worker job.progress_updated → machine error.OutOfMemory…

    Handoffs: 6, longest first
      12.4 s  10:30:05.523  worker → machine
       1.5 s  10:30:00.141  api-server → worker
      326 ms  10:30:01.667  worker → machine
      285 ms  10:30:17.938  worker → webhook-service
      230 ms  10:30:01.993  machine → worker
      … 1 more, shorter

    ✗ failed at 10:30:17.938, 14m 42s ago; 1 event after that
      ComfyUI answered 500
      first failure at 10:30:17.923: machine error.OutOfMemoryError
      CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0; 23.69 GiB total
      capacity)
    "#);
}

#[test]
fn a_failed_job_at_200_columns() {
    insta::assert_snapshot!(drawn(&failed(), &WIDE), @r#"
    job job_7f3a  image_generation  ✗ failed after 17.8 s
      events    23 (3 failures) in 18.1 s, from 2025-09-27 10:30:00.123 UTC
      services  api-server, worker, machine, webhook-service
      trace     8d12404289e478577467c87b7b93f785
      worker    worker-gpu-3
      machine   salad-7781

    TIME               +Δ  SERVICE            EVENT                         DETAILS
    10:30:00.123           api-server         job.created                   userId=u_42 priority=normal
    10:30:00.135  +0.012s  api-server         redis_function.executing      functionName=findMatchingJob argCount=3
    10:30:00.138  +0.003s  api-server         redis_function.completed      functionName=findMatchingJob resultSize=412
    10:30:00.141  +0.003s  api-server         job.queued                    queueName=default
      ! ┄┄┄ 1.5 s gap: api-server → worker ┄┄┄
    10:30:01.653  +1.512s  worker             job.claimed                   claimTimeMs=1512
    10:30:01.667  +0.014s  worker             connector.processing_started  connector=comfyui
    10:30:01.993  +0.326s  machine            machine.model_loaded          loadTimeMs=301 model=sdxl-base-1.0.safetensors
    10:30:02.223  +0.230s  worker             job.progress_updated          progress=5
    10:30:02.523  +0.300s  worker             job.progress_updated          progress=10
                           … 9 × job.progress_updated over 2.4 s
    10:30:05.523  +0.300s  worker             job.progress_updated          progress=60
      ! ┄┄┄ 12.4 s gap: worker → machine ┄┄┄
    10:30:17.923 +12.400s  machine          ✗ error.OutOfMemoryError        CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0; 23.69 GiB total capacity) name=OutOfMemoryError
    10:30:17.935  +0.012s  worker           ✗ connector.processing_failed   ComfyUI answered 500 durationMs=16268
    10:30:17.938  +0.003s  worker           ✗ job.failed                    ComfyUI answered 500 retryable=false
    10:30:18.223  +0.285s  webhook-service    webhook.delivered             [after end] statusCode=200 url=https://example.com/hooks/8812 durationMs=87

    SERVICE                                                                                                                                                                                             HELD
    api-server       ●╌╌╌╌╌╌╌╌╌╌╌╌╌╌                                                                                                                                                                   1.5 s
    worker                         ●━━━  ●━━●━●━━●━━●━━●━━●━━●━━●━━●━━●━●╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌✗━━━  16.3 s
    machine                           ●━━━                                                                                                                                                      ✗     242 ms
    webhook-service                                                                                                                                                                                ●    0 ms
                     ┴──────────────────┴──────────────────┴──────────────────┴──────────────────┴───────────────────┴──────────────────┴──────────────────┴──────────────────┴───────────────────┴─
                     0                  2 s                4 s                6 s                8 s                 10 s               12 s               14 s               16 s                18 s
                     ● event  ━ last word  ╌ silent 1 s or more  ✗ failure

    Gaps of 1 s or more: 2, in order
       1.5 s  10:30:00.141  api-server job.queued → worker job.claimed
      12.4 s  10:30:05.523  worker job.progress_updated → machine error.OutOfMemoryError

    Handoffs: 6, longest first
      12.4 s  10:30:05.523  worker → machine
       1.5 s  10:30:00.141  api-server → worker
      326 ms  10:30:01.667  worker → machine
      285 ms  10:30:17.938  worker → webhook-service
      230 ms  10:30:01.993  machine → worker
      … 1 more, shorter

    ✗ failed at 10:30:17.938, 14m 42s ago; 1 event after that
      ComfyUI answered 500
      first failure at 10:30:17.923: machine error.OutOfMemoryError
      CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0; 23.69 GiB total capacity)
    "#);
}

#[test]
fn a_stuck_job_without_unicode() {
    insta::assert_snapshot!(drawn(&stuck(), &ASCII), @r#"
    job job_7f3a  video  ! processing, silent for 14m 10s, attempt 3
      events    9 (1 failure) in 13h 53m, from 2025-09-27 10:30:00.123 UTC
      services  api-server, worker, monitor, 作業サービス, -
      trace     8d12404289e478577467c87b7b93f785

    TIME            DELTA  SERVICE         EVENT  DETAILS
    10:30:00.123           api-server      job.created
      ! --- 11h 06m gap: api-server -> worker ---
    21:36:40.123  +11h06m  worker          job.claimed  claimTimeMs=12
    21:36:40.623  +0.500s  worker        x job.failed
                           [tried again] socket hang up error.code=ECONNRESET
    21:36:41.023  +0.400s  monitor         monitor.noted  [after end]
      ! --- 1.1 s gap: monitor -> worker ---
    21:36:42.123  +1.100s  worker          job.claimed  [attempt 2] claimTimeMs=12
      ! --- 2h 46m gap within worker ---
    -- 2025-09-28 --
    00:23:20.123   +2h46m  worker          job.claimed  [attempt 3] claimTimeMs=12
    00:23:20.130  +0.007s  worker          job.progress_updated  45 percent \x1b[...
    00:23:20.130  +0.000s  作業サービス    job.progress_updated  進捗 50% 🚀 モデ...
    00:23:20.130  +0.000s  -               (no type)
      ! --- 14m 10s gap so far, until now ---

    SERVICE                                                                     HELD
    api-server    o............................................              11h 06m
    worker                                                    x..........oo   2h 46m
    monitor                                                   o                1.1 s
    作業サービス                                                          o     0 ms
    -                                                                     o     0 ms
                  +---------------+---------------+---------------+--------
                  0               4h              8h              12h
                  o event  = last word  . silent 1 s or more  x failure

    Gaps of 1 s or more: 4, in order
      11h 06m  10:30:00.123  api-server job.created -> worker job.claimed
        1.1 s  21:36:41.023  monitor monitor.noted -> worker job.claimed
       2h 46m  21:36:42.123  worker job.claimed -> worker job.claimed
      14m 10s  00:23:20.130  - (no type) -> nothing since

    Handoffs: 5, in order
      11h 06m  10:30:00.123  api-server -> worker
       400 ms  21:36:40.623  worker -> monitor
        1.1 s  21:36:41.023  monitor -> worker
         0 ms  00:23:20.130  worker -> 作業サービス
         0 ms  00:23:20.130  作業サービス -> -

    ! processing since 00:23:20.130, 14m 10s ago; no event for 14m 10s, the last was
    - (no type)
    "#);
}

#[test]
fn a_stuck_job_with_wide_characters() {
    insta::assert_snapshot!(drawn(&stuck(), &NARROW), @r#"
    job job_7f3a  video  ! processing, silent for 14m 10s, attempt 3
      events    9 (1 failure) in 13h 53m, from 2025-09-27 10:30:00.123 UTC
      services  api-server, worker, monitor, 作業サービス, -
      trace     8d12404289e478577467c87b7b93f785

    TIME               +Δ  SERVICE         EVENT  DETAILS
    10:30:00.123           api-server      job.created
      ! ┄┄┄ 11h 06m gap: api-server → worker ┄┄┄
    21:36:40.123  +11h06m  worker          job.claimed  claimTimeMs=12
    21:36:40.623  +0.500s  worker        ✗ job.failed
                           [tried again] socket hang up error.code=ECONNRESET
    21:36:41.023  +0.400s  monitor         monitor.noted  [after end]
      ! ┄┄┄ 1.1 s gap: monitor → worker ┄┄┄
    21:36:42.123  +1.100s  worker          job.claimed  [attempt 2] claimTimeMs=12
      ! ┄┄┄ 2h 46m gap within worker ┄┄┄
    ── 2025-09-28 ──
    00:23:20.123   +2h46m  worker          job.claimed  [attempt 3] claimTimeMs=12
    00:23:20.130  +0.007s  worker          job.progress_updated  45 percent \x1b[31…
    00:23:20.130  +0.000s  作業サービス    job.progress_updated  進捗 50% 🚀 モデル…
    00:23:20.130  +0.000s  -               (no type)
      ! ┄┄┄ 14m 10s gap so far, until now ┄┄┄

    SERVICE                                                                     HELD
    api-server    ●╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌              11h 06m
    worker                                                    ✗╌╌╌╌╌╌╌╌╌╌●●   2h 46m
    monitor                                                   ●                1.1 s
    作業サービス                                                          ●     0 ms
    -                                                                     ●     0 ms
                  ┴───────────────┴───────────────┴───────────────┴────────
                  0               4h              8h              12h
                  ● event  ━ last word  ╌ silent 1 s or more  ✗ failure

    Gaps of 1 s or more: 4, in order
      11h 06m  10:30:00.123  api-server job.created → worker job.claimed
        1.1 s  21:36:41.023  monitor monitor.noted → worker job.claimed
       2h 46m  21:36:42.123  worker job.claimed → worker job.claimed
      14m 10s  00:23:20.130  - (no type) → nothing since

    Handoffs: 5, in order
      11h 06m  10:30:00.123  api-server → worker
       400 ms  21:36:40.623  worker → monitor
        1.1 s  21:36:41.023  monitor → worker
         0 ms  00:23:20.130  worker → 作業サービス
         0 ms  00:23:20.130  作業サービス → -

    ! processing since 00:23:20.130, 14m 10s ago; no event for 14m 10s, the last was
    - (no type)
    "#);
}

#[test]
fn one_event() {
    insta::assert_snapshot!(drawn(&one(), &NARROW), @r#"
    job job_7f3a  ▸ created, 100 ms so far
      events    1 in 0 ms, from 2025-09-27 10:30:00.123 UTC
      services  api-server
      trace     8d12404289e478577467c87b7b93f785

    TIME               +Δ  SERVICE       EVENT  DETAILS
    10:30:00.123           api-server    job.created

    SERVICE                                                                     HELD
    api-server  ●                                                               0 ms
                ┴─────────────────────────────────────────────────────────────
                0
                ● event  ━ last word  ╌ silent 1 s or more  ✗ failure

    ▸ created since 10:30:00.123, 100 ms ago; last event 100 ms ago
    "#);
}

#[test]
fn a_worker_has_no_outcome() {
    insta::assert_snapshot!(drawn(&worker(), &NARROW), @r#"
    worker w1
      events    3 in 4.0 s, from 2025-09-27 10:30:00.123 UTC
      services  worker
      jobs      job_7f3a, job_1
      trace     8d12404289e478577467c87b7b93f785

    TIME               +Δ  SERVICE    EVENT  DETAILS
    10:30:00.123           worker     worker.ready  job=job_7f3a
    10:30:00.153  +0.030s  worker     job.claimed  job=job_1
      ! ┄┄┄ 3.9 s gap within worker ┄┄┄
    10:30:04.123  +3.970s  worker     job.completed  durationMs=3970 job=job_7f3a

    SERVICE                                                                     HELD
    worker   ●╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌●  4.0 s
             ┴──────────────┴───────────────┴───────────────┴───────────────┴
             0              1 s             2 s             3 s             4 s
             ● event  ━ last word  ╌ silent 1 s or more  ✗ failure

    Gaps of 1 s or more: 1
      3.9 s  10:30:00.153  worker job.claimed → worker job.completed

    last sign of life at 10:30:04.123, 1m 26s ago: worker job.completed
    "#);
}
