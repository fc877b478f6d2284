//! What a page says that does without its script, above all that the server has sent.

use app::words::{PLAIN_PAGE, TRY_AGAIN};
use leptos::prelude::document;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Says so, and offers to `try_again`.
pub fn say_so(try_again: impl FnMut() + 'static) {
    // Whatever cannot be said here, the page works as it is.
    let _ = show(Closure::<dyn FnMut()>::new(try_again));
}

fn show(pressed: Closure<dyn FnMut()>) -> Result<(), JsValue> {
    let document = document();
    let Some(body) = document.body() else { return Ok(()) };
    let notice = document.create_element("p")?;
    notice.set_class_name("plain-notice");
    notice.set_attribute("role", "status")?;
    notice.set_text_content(Some(PLAIN_PAGE));
    let button = document.create_element("button")?.dyn_into::<HtmlElement>()?;
    button.set_class_name("button-link");
    button.set_text_content(Some(TRY_AGAIN));
    button.set_onclick(Some(pressed.into_js_value().unchecked_ref()));
    notice.append_child(&button)?;
    body.prepend_with_node_1(&notice)
}
