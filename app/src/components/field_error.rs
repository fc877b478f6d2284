//! Why a field was refused, said at the field and to those who do not see it.

use leptos::prelude::*;

#[component]
pub fn FieldError(
    /// What the field's `aria-describedby` names.
    id: &'static str,
    /// The sentence; nothing is shown without one.
    #[prop(into)]
    text: Signal<Option<String>>,
    /// A way on, shown after the sentence.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    view! {
        <div class="field-error" id=id role="alert">
            {move || text.get().map(|text| view! { <p>{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
