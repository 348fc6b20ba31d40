//! Nodes that listen elsewhere while they run.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use super::*;
use crate::net::interfaces;

fn place(port: u16, interfaces: &[String]) -> Place {
    Place { port, interfaces: interfaces.to_vec() }
}

/// A port that is free at the moment.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap().local_addr().unwrap().port()
}

/// One that listens wherever it's told to.
fn member(key: u8, place: Place) -> Member {
    found(key, place, false)
}

/// The same, and finds and is found where it's so.
fn found(key: u8, place: Place, mdns: bool) -> Member {
    let Place { port, interfaces } = place;
    let config = Config { secret: &[key; 32], listen: &[], port, interfaces: &interfaces, mdns, only_relayed: false };
    Member::run(key, &config)
}

/// The loopback's name.
fn loopback() -> String {
    let all = interfaces::list();
    let loopback = all.into_iter().find(|interface| interface.addresses.iter().any(|ip| ip == "127.0.0.1"));
    loopback.unwrap().name
}

async fn listens_at(member: &Member, port: u16) {
    member
        .until("the port", move |node| {
            let mut ports = node.swarm.listeners().filter_map(address::socket).map(|at| at.port()).peekable();
            ports.peek().is_some() && ports.all(|at| at == port)
        })
        .await;
}

fn at(member: &Member, port: u16) -> Target {
    Target::of_peer(member.id, SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

#[tokio::test]
async fn another_port_is_listened_at_and_who_is_connected_stays_so() {
    let (before, after) = (free_port(), free_port());
    let ana = member(1, place(before, &[]));
    listens_at(&ana, before).await;
    let mut luis = Member::start(2);
    let id = ana.id;
    assert_eq!(luis.reach(at(&ana, before)).await, (Ok(id), Path::Direct));

    ana.ask(move |node| node.listen(place(after, &[]), false)).await;
    listens_at(&ana, after).await;
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, before)).is_err(), "nobody listens there any more");
    luis.chats(id).await;
    assert_eq!(Member::start(3).reach(at(&ana, after)).await, (Ok(id), Path::Direct));
}

#[tokio::test]
async fn chosen_interfaces_are_listened_at_alone_and_all_of_them_again_at_the_same_port() {
    let (port, chosen) = (free_port(), [loopback()]);
    let ana = member(1, place(port, &chosen));
    listens_at(&ana, port).await;
    let elsewhere = |node: &mut Node| {
        node.swarm.listeners().filter_map(address::socket).filter(|at| !at.ip().is_loopback()).count()
    };
    assert_eq!(ana.ask(elsewhere).await, 0);
    assert_eq!(Member::start(2).reach(at(&ana, port)).await.0, Ok(ana.id));

    ana.ask(move |node| node.listen(place(port, &[]), false)).await;
    // Closed first: the port is theirs again.
    ana.until("every address", |node| node.listening.is_everywhere()).await;
    listens_at(&ana, port).await;
    ana.ask(move |node| node.listen(place(port, &chosen), false)).await;
    ana.until("the chosen one alone", move |node| !node.listening.is_everywhere() && elsewhere(node) == 0).await;
    listens_at(&ana, port).await;
}

#[tokio::test]
async fn an_interface_that_is_not_there_is_waited_for() {
    let port = free_port();
    let ana = member(1, place(port, &["no such".to_owned()]));
    assert!(ana.ask(|node| node.addresses()).await.is_empty());
    ana.ask(move |node| node.listen(place(port, &[]), false)).await;
    listens_at(&ana, port).await;
}

#[tokio::test]
async fn given_addresses_stay_whatever_is_set() {
    let ana = Member::start(1);
    ana.until("an address", |node| !node.addresses().is_empty()).await;
    let given = ana.ask(|node| node.addresses()).await;
    let port = free_port();
    let now = ana.ask(move |node| {
        node.listen(place(port, &[]), false);
        node.addresses()
    });
    assert_eq!(now.await, given);
}

#[tokio::test]
async fn what_is_announced_begins_ends_and_moves_while_the_node_runs() {
    let (before, after, chosen) = (free_port(), free_port(), [loopback()]);
    let ana = member(41, place(before, &chosen));
    listens_at(&ana, before).await;
    let at_first = place(before, &chosen);
    ana.ask(move |node| node.listen(at_first, true)).await;
    let eva = found(42, place(0, &chosen), true);
    let id = ana.id;
    eva.until("ana", move |node| node.path(&id) == Path::Direct).await;

    let then = place(after, &chosen);
    ana.ask(move |node| node.listen(then, true)).await;
    listens_at(&ana, after).await;
    let luis = found(43, place(0, &chosen), true);
    luis.until("ana elsewhere", move |node| node.path(&id) == Path::Direct).await;

    let silent = place(after, &chosen);
    ana.ask(move |node| node.listen(silent, false)).await;
    assert!(ana.ask(|node| node.discovery.is_none()).await);
    assert_eq!(eva.ask(move |node| node.path(&id)).await, Path::Direct, "who is connected stays so");
}
