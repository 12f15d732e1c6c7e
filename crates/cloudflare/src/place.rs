//! Where an object that a request creates should live: near whoever made the request.

use worker::{
    Request,
    js_sys::Reflect,
    wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen},
};

#[wasm_bindgen(wasm_bindgen = ::worker::wasm_bindgen)]
extern "C" {
    /// What the platform knows of a connection. Bound here because `worker` panics on what is missing or no number.
    type Connection;

    #[wasm_bindgen(method, getter)]
    fn continent(this: &Connection) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn longitude(this: &Connection) -> JsValue;
}

/// The hint, as the platform names places.
pub(crate) fn of(request: &Request) -> Option<&'static str> {
    let known = Reflect::get(request.inner(), &"cf".into()).ok().filter(JsValue::is_object)?;
    let connection: Connection = known.unchecked_into();
    let continent = connection.continent().as_string()?;
    let longitude = connection.longitude().as_string().and_then(|degrees| degrees.parse::<f64>().ok());
    hint(&continent, longitude)
}

fn hint(continent: &str, longitude: Option<f64>) -> Option<&'static str> {
    Some(match continent {
        "EU" if longitude.is_some_and(|degrees| degrees > 20.0) => "eeur",
        "EU" => "weur",
        "NA" if longitude.is_some_and(|degrees| degrees < -100.0) => "wnam",
        "NA" => "enam",
        "SA" => "sam",
        "AS" if longitude.is_some_and(|degrees| degrees < 60.0) => "me",
        "AS" => "apac",
        "OC" => "oc",
        "AF" => "afr",
        _ => return None,
    })
}
