//! Whether a server lets a collector do what it has to.
//!
//! The commands go into a transaction that is given up at once: the server judges each with its
//! keys (rights, memory, whether it takes writes), and carries none of them out.

use std::time::{Duration, Instant};

use super::pipe::Pipe;
use super::resp::Reply;
use super::target::Target;
use super::wire::Timeouts;
use crate::store::Error;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a collector is going to use.
#[derive(Debug)]
pub(crate) struct Plans<'a> {
    /// The streams with their groups; the first also takes events about alerts.
    pub(crate) streams: [(&'a str, &'a str); 2],
    /// The stream of dead letters.
    pub(crate) dead: &'a str,
    /// Whether old entries are to be removed.
    pub(crate) trim: bool,
    /// Whether the index is to be kept.
    pub(crate) index: bool,
}

/// Whether one thing may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Right {
    /// What it is for, in a few words.
    pub(crate) purpose: String,
    /// The server's words where it does not let us, those of one command.
    pub(crate) refusal: Option<String>,
}

/// Asks for every right; `None` where this user may have no transactions, without which nobody can
/// tell.
///
/// # Errors
/// When the server cannot be reached, refuses access, or does not answer in time.
pub(crate) fn rights(target: &Target, plans: &Plans<'_>) -> Result<Option<Vec<Right>>, Error> {
    let mut pipe = Pipe::connect(target, Timeouts::default())?;
    let mut ask = |commands: &[Vec<&str>]| {
        for command in commands {
            let words: Vec<_> = command.iter().map(|word| word.as_bytes()).collect();
            pipe.queue(&words);
        }
        pipe.run(Instant::now() + PATIENCE)
    };
    // Outside of a transaction the commands would be carried out.
    if let Reply::Error(_) = ask(&[vec!["MULTI"]])?.next() {
        return Ok(None);
    }
    let needs = needs(plans);
    let commands: Vec<_> = needs.iter().flat_map(|need| need.1.clone()).collect();
    let mut replies = ask(&commands)?;
    let rights = needs.into_iter().map(|(purpose, commands)| {
        let mut refusal = None;
        for _ in commands {
            if let Reply::Error(text) = replies.next() {
                refusal.get_or_insert(text);
            }
        }
        Right { purpose, refusal }
    });
    let rights = rights.collect();
    ask(&[vec!["DISCARD"]])?;
    Ok(Some(rights))
}

/// A purpose, and commands as they are sent for it.
type Need<'a> = (String, Vec<Vec<&'a str>>);

fn needs<'a>(plans: &Plans<'a>) -> Vec<Need<'a>> {
    const KEY: &str = "emp:collector:check";
    const INDEX: &str = "emp:index:check";
    let mut needs: Vec<Need<'a>> = Vec::new();
    for (stream, group) in plans.streams {
        let mut commands = vec![
            vec!["XINFO", "STREAM", stream],
            vec!["XINFO", "GROUPS", stream],
            vec!["XGROUP", "CREATE", stream, group, "0", "MKSTREAM"],
            vec!["XREAD", "COUNT", "1", "STREAMS", stream, "$"],
            vec!["XAUTOCLAIM", stream, group, "check", "1000", "0"],
            vec!["XPENDING", stream, group, "-", "+", "1"],
            vec!["XACK", stream, group, "0-1"],
        ];
        let read = [
            "XREADGROUP",
            "GROUP",
            group,
            "check",
            "STREAMS",
            stream,
            ">",
        ];
        commands.push(read.to_vec());
        needs.push((format!("read {stream}"), commands));
    }
    if plans.trim {
        let trim = |stream| vec!["XTRIM", stream, "MINID", "0"];
        let commands = plans.streams.map(|(stream, _)| trim(stream));
        needs.push(("remove old entries".to_owned(), commands.to_vec()));
    }
    let add = |stream| vec!["XADD", stream, "MAXLEN", "~", "1000", "*", "a", "b"];
    let dead = format!("put refused events into {}", plans.dead);
    needs.push((dead, vec![add(plans.dead)]));
    let jobs = vec![
        vec!["SET", KEY, "a", "NX", "EX", "1"],
        vec!["APPEND", KEY, "a"],
        vec!["EXPIRE", KEY, "1"],
        vec!["GETRANGE", KEY, "0", "1"],
        vec!["ZADD", KEY, "GT", "1", "a"],
        vec!["ZMSCORE", KEY, "a"],
        vec!["ZREM", KEY, "a"],
        vec!["ZRANGEBYSCORE", KEY, "0", "1"],
        vec!["ZREMRANGEBYSCORE", KEY, "0", "1"],
    ];
    needs.push(("follow jobs in emp:collector:*".to_owned(), jobs));
    let alerts = vec![
        vec!["SET", KEY, "a", "PX", "1"],
        vec!["GET", KEY],
        vec!["HINCRBY", KEY, "a", "1"],
        vec!["HSET", KEY, "a", "b"],
        vec!["HGETALL", KEY],
        vec!["PEXPIRE", KEY, "1"],
        vec!["ZSCORE", KEY, "a"],
        vec!["ZREMRANGEBYRANK", KEY, "0", "1"],
        vec!["DEL", KEY],
        vec!["UNWATCH"],
        vec!["TIME"],
        add(plans.streams[0].0),
    ];
    needs.push(("share alerts in emp:collector:*".to_owned(), alerts));
    if plans.index {
        let index = vec![
            vec!["APPEND", INDEX, "a"],
            vec!["EXPIRE", INDEX, "1"],
            vec!["SET", INDEX, "a", "EX", "1"],
            vec!["ZADD", INDEX, "inf", "a"],
            vec!["EVAL", "return 1", "1", INDEX],
        ];
        needs.push(("keep the index in emp:index:*".to_owned(), index));
    }
    needs
}
