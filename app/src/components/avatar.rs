//! A person as a round of colour with initials: decoration, the name always stands beside it. The style draws the
//! initials, so that they are no part of the text around them.

use crate::device;
use leptos::prelude::*;
use protocol::{User, UserId};

/// How many hues the stylesheet knows.
const HUES: i64 = 12;

#[component]
pub fn Avatar(user: User) -> impl IntoView {
    view! {
        <span
            class="avatar"
            data-hue=hue(user.id).to_string()
            data-initials=initials(&user.name)
            aria-hidden="true"
        ></span>
    }
}

/// Neighbouring ids are far apart on the wheel: the first people of a team should look different.
pub(super) fn hue(user: UserId) -> i64 {
    (user.0 * 5).rem_euclid(HUES)
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let (first, last) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
    device::upper(&(device::first_letter(first) + &device::first_letter(last)))
}

#[cfg(test)]
mod tests {
    use super::{hue, initials};
    use protocol::UserId;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ana"), "A");
        assert_eq!(initials("ana maria de souza"), "AS");
        assert_eq!(initials("אבי כהן"), "אכ");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn an_initial_is_a_whole_letter_as_people_see_letters() {
        assert_eq!(initials("🇩🇪 Anna"), "🇩🇪A");
        assert_eq!(initials("कि रण"), "किर");
        assert_eq!(initials("👩‍🚀 Crew"), "👩‍🚀C");
        assert_eq!(initials("e\u{301}va"), "E\u{301}");
    }

    #[test]
    fn twelve_neighbours_have_twelve_hues() {
        let mut hues: Vec<_> = (1..=12).map(|id| hue(UserId(id))).collect();
        hues.sort_unstable();
        assert_eq!(hues, (0..12).collect::<Vec<_>>());
    }
}
