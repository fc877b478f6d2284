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
        <div class="field-error" id=id>
            {move || {
                text.get()
                    .map(|text| {
                        let way_on = children.as_ref().map(|children| children());
                        view! { <p role="alert">{text} " " {way_on}</p> }
                    })
            }}
        </div>
    }
}
