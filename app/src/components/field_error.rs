//! Why a field was refused, said at the field and to those who do not see it.

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
    way_on: Signal<Option<String>>,
) -> impl IntoView {
    let sentence = move |text| {
        let way_on = way_on.get().map(|href| view! { <a href=href>"Go to it"</a> });
        view! { <p role="alert">{text} " " {way_on}</p> }
    };
    view! {
        <div class="field-error" id=id>
            {move || text.get().map(sentence)}
        </div>
    }
}
