//! What somebody may do: pure functions of who asks and what for. `chat` asks here before anything else, so that no cache and
//! no shortcut answers somebody who may not know.

use super::{Actor, Result};
use protocol::ErrorCode;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    ListRooms,
    CreateRoom,
    /// See a room's messages and who is there, once or for as long as it is open.
    ReadRoom,
    PostMessage,
}

/// Whether somebody may do something. Every room is public: whoever is signed in may do all of it in all of them.
fn allows(_actor: &Actor, action: Action) -> bool {
    match action {
        Action::ListRooms | Action::CreateRoom | Action::ReadRoom | Action::PostMessage => true,
    }
}

/// Lets go on who may.
///
/// # Errors
/// [`ErrorCode::UnknownRoom`]: what somebody may not know does not exist for them.
pub(super) fn check(actor: &Actor, action: Action) -> Result<()> {
    if allows(actor, action) { Ok(()) } else { Err(ErrorCode::UnknownRoom.into()) }
}

#[cfg(test)]
mod tests {
    use syn::visit::Visit;

    /// Methods of `Chat` that serve nobody in particular, or somebody who has yet to say who they are.
    const WITHOUT_ACTOR: [&str; 16] = [
        "start",
        "hub",
        "epoch",
        "now",
        "ready",
        "sequencer_ended",
        "admit_guest_read",
        "admit_sign_in",
        "tidy_limits",
        "tidy_sessions",
        "ensure_first_room",
        "sign_in",
        "sign_in_once",
        "begun_session",
        "has_just_left",
        "authenticate",
    ];

    /// The public methods of `Chat`, and whether each takes an actor first.
    #[derive(Default)]
    struct Methods(Vec<(String, bool)>);

    impl Visit<'_> for Methods {
        fn visit_item_impl(&mut self, item: &syn::ItemImpl) {
            let is_of_chat =
                matches!(&*item.self_ty, syn::Type::Path(path) if path.path.is_ident("Chat"));
            for method in item.items.iter().filter(|_| is_of_chat && item.trait_.is_none()) {
                if let syn::ImplItem::Fn(method) = method
                    && matches!(method.vis, syn::Visibility::Public(_))
                {
                    let first = method.sig.inputs.iter().find_map(|input| match input {
                        syn::FnArg::Typed(typed) => Some(&*typed.ty),
                        syn::FnArg::Receiver(_) => None,
                    });
                    let takes_actor = matches!(first, Some(syn::Type::Reference(of))
                        if matches!(&*of.elem, syn::Type::Path(path) if path.path.is_ident("Actor")));
                    self.0.push((method.sig.ident.to_string(), takes_actor));
                }
            }
        }
    }

    #[test]
    fn every_method_that_serves_somebody_takes_who_asks_first() {
        let mut methods = Methods::default();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/chat");
        for file in std::fs::read_dir(folder).expect("the sources") {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).expect("a source");
                methods.visit_file(&syn::parse_file(&source).expect("Rust"));
            }
        }
        let lacking = |(name, takes_actor): &&(String, bool)| {
            !takes_actor && !WITHOUT_ACTOR.contains(&name.as_str())
        };
        assert_eq!(
            methods.0.iter().filter(lacking).collect::<Vec<_>>(),
            Vec::<&(String, bool)>::new()
        );
        let count = methods.0.iter().filter(|(_, takes_actor)| *takes_actor).count();
        assert!(count >= 10, "only {count} methods were found: is this still where they are?");
    }
}
