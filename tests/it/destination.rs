//! To whom a plan and the rest of a run go: the account, the client and the address that were reviewed, or nobody.

use crate::shop::{PLATFORM, Shop, THREE, with_id};
use crate::workspace::Ran;
use serde_json::Value;

/// What was left open is not settled, nor its rest sent, at another account than the one it began at.
#[test]
fn the_rest_of_a_run_goes_to_no_other_account() {
    let denied = |c: &Value| if c["number"] == "C1" { with_id(c) } else { (401, String::new()) };
    let shop = Shop::new(THREE, denied, |_| None);
    shop.run().exits(1).says("401");
    let other = Shop::of("Other", THREE, with_id, |_| None);
    shop.at(&other.endpoint.address);
    for arguments in
        [&["run", "shop", "--env", "own"][..], &["apply", "shop", "1"], &["apply", "shop", "1", "--resume"]]
    {
        Ran::of(shop.w.command(arguments).env("TOKEN", "t")).exits(1).says("E509").says("Other");
    }
    assert_eq!(other.numbers(), [""; 0]);
}

/// Where no account is told, the address that was reviewed is what holds: for the rest of a run, and for a plan.
#[test]
fn the_rest_of_a_run_goes_to_no_other_address() {
    let denied = |c: &Value| if c["number"] == "C1" { with_id(c) } else { (401, String::new()) };
    let nameless = |shop: &Shop| {
        shop.w.edit(PLATFORM, "account = { get = \"/v1/{env.client}/me\", is = \"/account\" }", "");
    };
    let (shop, other) = (Shop::new(THREE, denied, |_| None), Shop::new(THREE, with_id, |_| None));
    nameless(&shop);
    shop.run().exits(1).says("401");
    shop.at(&other.endpoint.address);
    shop.run().exits(1).says("E509").says("began elsewhere");
    shop.at(&shop.endpoint.address);
    shop.run().exits(1).says("401");

    nameless(&other);
    let call = |arguments: &[&str]| Ran::of(other.w.command(arguments).env("TOKEN", "t"));
    call(&["plan", "shop", "--env", "own"]).exits(0);
    other.at(&shop.endpoint.address);
    call(&["apply", "shop", "1"]).exits(5).says("E401").says("elsewhere");
    assert_eq!(other.numbers(), [""; 0]);
}

/// An environment is a destination and a client: another one in its vars, or by --var, is another destination.
#[test]
fn a_plan_for_one_client_goes_to_no_other() {
    let shop = Shop::new(THREE, with_id, |_| None);
    shop.w.edit(PLATFORM, "account = { get = \"/v1/{env.client}/me\", is = \"/account\" }", "");
    let call = |arguments: &[&str]| Ran::of(shop.w.command(arguments).env("TOKEN", "t"));
    call(&["plan", "shop", "--env", "own"]).exits(0).says("client C1");
    call(&["apply", "shop", "1", "--var", "client=C2"]).exits(5).says("E401").says("client C1");
    assert_eq!(shop.endpoint.asked().len(), 0);
    call(&["apply", "shop", "1"]).exits(0).says("3 accepted");
    // What is known of C1 is not compared with what C2 has.
    shop.w.edit("crosswalk.toml", "client = \"C1\"", "client = \"C2\"");
    shop.w.write("in/customers.csv", &format!("Number,Name,Email\n{THREE}C4,Di,d@example.com\n"));
    shop.run().exits(1).says("E509").says("belongs to client C1");
    assert_eq!(shop.numbers(), ["C1", "C2", "C3"]);
}

/// What the platform is asked for is called ours only where ours are.
#[test]
fn what_another_account_has_is_not_adopted() {
    let shop = Shop::new(THREE, with_id, |_| None);
    shop.run().exits(0);
    let other = Shop::of("Other", THREE, with_id, |_| None);
    shop.at(&other.endpoint.address);
    shop.w.write("in/customers.csv", &format!("Number,Name,Email\n{THREE}C4,Di,d@example.com\n"));
    let adopt = Ran::of(shop.w.command(&["plan", "shop", "--env", "own", "--adopt"]).env("TOKEN", "t"));
    adopt.exits(1).says("E509").says("Other");
}
