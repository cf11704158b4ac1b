//! A connection that the other side has closed meanwhile.

use super::*;

#[test]
fn a_connection_that_was_closed_while_nobody_looked_is_not_used() {
    for protocol in BOTH {
        let receiver = Receiver::start();
        let port = receiver.port();
        let target = target(&receiver.url(), protocol);
        let mut client = Client::new(Signal::Logs, &target).expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // Between two batches nothing runs on it, as with a lane's courier.
        let mut deliver = || {
            let answer = runtime.block_on(client.call(b"".to_vec()));
            partial::verdict(answer, &client)
        };
        assert_eq!(deliver(), Verdict::Delivered);
        drop(receiver);
        let _receiver = Receiver::start_at(port);
        assert_eq!(deliver(), Verdict::Delivered, "{protocol:?}");
    }
}
