//! With the parser that the browser has. What it made of a text is handed to serde value by value.
//!
//! In place of `serde_json`, whose parser with its tables of powers of ten and its words for everything that can be wrong
//! would be a tenth of the script; and in place of `serde-wasm-bindgen`, which reads a page of 100 messages in 0.4 ms instead of
//! 0.8 and makes the script 12 KB heavier (brotli), because it reads whatever JavaScript has. Here is what our types ask for:
//! each says what it expects, and none takes whatever comes.

use js_sys::{Array, JSON, Object, Reflect};
use serde::de::value::SeqDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer,
    MapAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::{fmt, iter, ops, slice};
use wasm_bindgen::{JsCast, JsValue};

/// What a text says, when it is of this type.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(Value(JSON::parse(text).ok()?)).ok()
}

/// It is not of the type that was asked for. Nobody is told why, so the script need not carry the words.
#[derive(Debug)]
struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unreadable")
    }
}

impl std::error::Error for Unreadable {}

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// A value of JavaScript that was read from JSON.
struct Value(JsValue);

impl Value {
    fn integer(&self) -> Option<i64> {
        let number = self.0.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "compared with what it was")]
        let integer = number as i64;
        #[expect(
            clippy::cast_precision_loss,
            reason = "beyond 2^53 JSON in a browser has lost it before"
        )]
        let is_whole = integer as f64 == number;
        is_whole.then_some(integer)
    }

    fn array(&self) -> Option<&Array> {
        self.0.dyn_ref()
    }

    fn object(&self) -> Option<&Object> {
        self.0.dyn_ref()
    }

    fn member(&self, name: &JsValue) -> Option<Self> {
        Reflect::get(&self.0, name).ok().filter(|value| !value.is_undefined()).map(Self)
    }
}

impl IntoDeserializer<'_, Unreadable> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = Unreadable;

    /// For types that take whatever comes, and there are none.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
        Err(Unreadable)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.0.as_bool().ok_or(Unreadable)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_i64(self.integer().ok_or(Unreadable)?)
    }

    // Whoever wants a smaller integer or one without a sign looks at its range themselves.
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_string(self.0.as_string().ok_or(Unreadable)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let array = self.array().ok_or(Unreadable)?;
        visitor.visit_seq(SeqDeserializer::new(array.iter().map(Value)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.object().ok_or(Unreadable)?;
        visitor.visit_map(Fields { object: self, names: fields.iter().zip(0..), found: None })
    }

    /// As `serde_json` writes them: the name of the variant, or an object with this one member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if self.0.is_string() {
            return visitor.visit_enum(Variant { name: self, content: Value(JsValue::NULL) });
        }
        let name = Object::keys(self.object().ok_or(Unreadable)?).get(0);
        let content = self.member(&name).ok_or(Unreadable)?;
        visitor.visit_enum(Variant { name: Value(name), content })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 f64 bytes byte_buf unit unit_struct map tuple_struct
    }
}

/// The fields of a struct that an object has. Others are not even looked at.
struct Fields {
    object: Value,
    /// With their numbers, by which what serde derives knows fields as well as by their names.
    names: iter::Zip<slice::Iter<'static, &'static str>, ops::RangeFrom<u64>>,
    found: Option<Value>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        for (name, number) in self.names.by_ref() {
            self.found = self.object.member(&JsValue::from_str(name));
            if self.found.is_some() {
                return seed.deserialize(number.into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        seed.deserialize(self.found.take().ok_or(Unreadable)?)
    }
}

struct Variant {
    name: Value,
    content: Value,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unreadable;
    type Variant = Value;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Value), Unreadable> {
        Ok((seed.deserialize(self.name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Value {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_struct("", fields, visitor)
    }
}
