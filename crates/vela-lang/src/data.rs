//! Concrete data: what JSON and YAML can say, with exact numbers and ordered fields.

pub use crate::depth::Branches;
use crate::number::Number;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// A concrete value.
#[derive(Clone, PartialEq, Debug)]
pub enum Data {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An int or a float.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// Bytes; JSON and YAML write them in base64.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Branches<Data>),
    /// A struct: labels are unique and in output order.
    Struct(Branches<(Arc<str>, Data)>),
}

/// Two values that are not one.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Conflict {
    /// Different values.
    #[error("conflicting values {0} and {1}")]
    Values(String, String),
    /// Lists of different lengths.
    #[error("incompatible list lengths ({0} and {1})")]
    Lengths(usize, usize),
}

/// One level of data, however it is kept.
pub(crate) enum Look<'v, V: View<'v>> {
    Null,
    Bool(bool),
    Number(Cow<'v, Number>),
    String(&'v str),
    Bytes(&'v [u8]),
    List(V::Elements),
    Struct(V::Fields),
}

/// Data as writers of text read it: a [`Data`], or the graph of an evaluation, which then needs no copy.
pub(crate) trait View<'v>: Copy {
    type Label: AsRef<str>;
    type Elements: ExactSizeIterator<Item = Self>;
    type Fields: ExactSizeIterator<Item = (Self::Label, Self)>;

    fn look(self) -> Look<'v, Self>;
}

impl<'v> View<'v> for &'v Data {
    type Label = &'v str;
    type Elements = std::slice::Iter<'v, Data>;
    type Fields = DataFields<'v>;

    fn look(self) -> Look<'v, Self> {
        match self {
            Data::Null => Look::Null,
            Data::Bool(value) => Look::Bool(*value),
            Data::Number(number) => Look::Number(Cow::Borrowed(number)),
            Data::String(text) => Look::String(text),
            Data::Bytes(bytes) => Look::Bytes(bytes),
            Data::List(elements) => Look::List(elements.iter()),
            Data::Struct(fields) => Look::Struct(DataFields(fields.iter())),
        }
    }
}

/// The fields of a [`Data`].
pub(crate) struct DataFields<'v>(std::slice::Iter<'v, (Arc<str>, Data)>);

impl<'v> Iterator for DataFields<'v> {
    type Item = (&'v str, &'v Data);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(label, value)| (&**label, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for DataFields<'_> {}

impl Data {
    /// A string.
    pub fn string(text: impl Into<Arc<str>>) -> Data {
        Data::String(text.into())
    }

    /// The field of a struct with that label.
    pub fn get(&self, label: &str) -> Option<&Data> {
        match self {
            Data::Struct(fields) => {
                fields.iter().find(|(own, _)| own.as_ref() == label).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// A struct of these fields; the values of equal labels unify at the first one's place.
    ///
    /// # Errors
    /// Two values of one label conflict.
    pub fn merged(fields: Vec<(Arc<str>, Data)>) -> Result<Data, Conflict> {
        // Short structs are searched; long ones would cost the square of their length.
        if fields.len() <= 8
            && fields
                .iter()
                .enumerate()
                .all(|(i, (label, _))| fields[..i].iter().all(|(other, _)| other != label))
        {
            return Ok(Data::Struct(fields.into()));
        }
        let mut places: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        let mut merged: Vec<(Arc<str>, Data)> = Vec::with_capacity(fields.len());
        for (label, value) in fields {
            match places.get(&label) {
                Some(place) => {
                    let first = std::mem::replace(&mut merged[*place].1, Data::Null);
                    merged[*place].1 = first.unify(value)?;
                }
                None => {
                    places.insert(label.clone(), merged.len());
                    merged.push((label, value));
                }
            }
        }
        Ok(Data::Struct(merged.into()))
    }

    /// `self & other`.
    ///
    /// # Errors
    /// They conflict.
    pub fn unify(self, other: Data) -> Result<Data, Conflict> {
        match (self, other) {
            (Data::Struct(mut fields), Data::Struct(more)) => {
                fields.extend(more);
                Data::merged(fields.into_vec())
            }
            (Data::List(a), Data::List(b)) if a.len() == b.len() => {
                let elements = a.into_iter().zip(b).map(|(a, b)| a.unify(b));
                Ok(Data::List(elements.collect::<Result<_, _>>()?))
            }
            (Data::List(a), Data::List(b)) => {
                Err(Conflict::Lengths(a.len().min(b.len()), a.len().max(b.len())))
            }
            (Data::Number(a), Data::Number(b)) if a.same(&b) => Ok(Data::Number(a)),
            (a, b) if a == b => Ok(a),
            // Of two values of one kind the later is named first.
            (a, b) => Err(Conflict::Values(b.brief(), a.brief())),
        }
    }

    /// The value in one line of CUE, for messages; lists and structs are only hinted at.
    fn brief(&self) -> String {
        match self {
            Data::Null => "null".to_owned(),
            Data::Bool(value) => value.to_string(),
            Data::Number(number) => number.cue_text(),
            Data::String(text) => crate::encoding::json::escaped(text),
            Data::Bytes(_) => "bytes".to_owned(),
            Data::List(_) => "[...]".to_owned(),
            Data::Struct(_) => "{...}".to_owned(),
        }
    }
}
