//! Tests read no settings of the developer.

use std::process::Command;

/// A test that starts a server, and one that starts the program.
const OTHERS: [&str; 2] = [
    "forms::probes_say_that_the_server_is_up_and_ready",
    "durability::sigterm_ends_the_program_with_0_and_keeps_everything",
];

#[test]
fn tests_pass_whatever_the_developer_has_set() {
    let tests = std::env::current_exe().expect("this program");
    let output = Command::new(tests)
        .arg("--exact")
        .args(OTHERS)
        .env("HUBBUB_LISTEN", "nowhere")
        .env("HUBBUB_DATA_DIR", "/nowhere")
        .env("HUBBUB_LOG", "off")
        .env("HUBBUB_PUBLIC_URL", "https://chat.example")
        .env("HUBBUB_SITE_DIR", "/nowhere")
        .env("HUBBUB_COMMANDS_PER_SECOND", "1")
        .env("HUBBUB_SIGN_INS_PER_MINUTE", "none")
        .output()
        .expect("the tests run");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&format!("{} passed", OTHERS.len())), "{said}");
}
