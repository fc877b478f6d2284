//! Why a field was refused, said at the field and to those who do not see it.

use super::live::live;
use leptos::prelude::*;

#[component]
pub fn FieldError(
    /// What the field's `aria-describedby` names.
    id: &'static str,
    /// The sentence; nothing is shown without one.
    #[prop(into)]
    text: Signal<Option<String>>,
    /// The address of a way on, offered after the sentence.
    #[prop(optional, into)]
    action: Signal<Option<String>>,
) -> impl IntoView {
    let is_refused = Memo::new(move |_| text.with(Option::is_some));
    let sentence = move || text.get().unwrap_or_default();
    let link = move || action.get().map(|href| view! { <a href=href>"Go to it"</a> });
    view! {
        <div class="field-error" id=id>
            <Show when=move || is_refused.get()>
                <p role="alert">
                    <span inner_html=live(sentence)></span>
                    " "
                    {link}
                </p>
            </Show>
        </div>
    }
}
