use super::super::Target;
use super::super::resp::Reply;
use super::super::rights::{Plans, Right, rights};
use super::super::server::{Server, free_port};

fn plans() -> Plans<'static> {
    Plans {
        streams: [("e", "g"), ("f", "g")],
        dead: "d",
        trim: true,
        index: true,
    }
}

#[test]
fn rights_are_judged_and_nothing_is_done() {
    let port = free_port().to_string();
    let server = Server::start(&["--port", &port, "--bind", "127.0.0.1"]);
    let ask = |user: &str| {
        let url = format!("redis://{user}127.0.0.1:{port}");
        let target = Target::parse(&url, None).expect("an address");
        rights(&target, &plans()).expect("an answer")
    };
    let refused = |rights: &[Right]| -> Vec<String> {
        let refused = rights.iter().filter(|right| right.refusal.is_some());
        refused.map(|right| right.purpose.clone()).collect()
    };
    let all = ask("").expect("transactions");
    assert_eq!(refused(&all), [""; 0]);
    assert_eq!(all.len(), 7);
    assert_eq!(server.run(&["DBSIZE"]), Reply::Int(0), "nothing was made");

    // Everything but what is missing, key by key.
    let acl = [
        "ACL", "SETUSER", "some", "on", "nopass", "+@all", "-xtrim", "-eval",
    ];
    server.run(&[&acl[..], &["~e", "~f", "~emp:collector:*", "~emp:index:*"]].concat());
    let some = ask("some:x@").expect("transactions");
    assert_eq!(
        refused(&some),
        [
            "remove old entries",
            "put refused events into d",
            "keep the index in emp:index:*"
        ]
    );
    let words: Vec<_> = some
        .iter()
        .filter_map(|right| right.refusal.as_ref())
        .collect();
    assert!(
        words.iter().all(|words| words.starts_with("NOPERM")),
        "{words:?}"
    );

    server.run(&[
        "ACL", "SETUSER", "plain", "on", "nopass", "~*", "+@all", "-multi",
    ]);
    assert_eq!(ask("plain:x@"), None);
    assert_eq!(server.run(&["DBSIZE"]), Reply::Int(0), "nothing was made");

    // A server that takes no writes says so here too.
    server.run(&["CONFIG", "SET", "maxmemory", "1"]);
    let full = ask("").expect("transactions");
    assert!(
        refused(&full).contains(&"put refused events into d".to_owned()),
        "{full:?}"
    );
}
