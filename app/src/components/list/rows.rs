//! Keyed rows on the page. A change touches the rows that come, go or change their order, and no other: the rest keeps
//! its focus, its selection and its place.
//!
//! In place of `<For>`, which in Leptos 0.8 takes rows out of the document and puts them back whenever more than one row
//! is added before them.

use super::Item;
use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::reactive_graph::{OwnedView, OwnedViewState};
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::renderer::{CastFrom, Rndr};
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use std::collections::HashMap;

/// Rows that share an owner between theirs and the list's. An owner never forgets whom it has owned, so a list that rows
/// come to and go from all day would grow with all that were ever there; this way it remembers one in so many.
const SIBLINGS_MAX: usize = 128;

/// The rows as they should be.
pub(super) struct Rows {
    items: Vec<Item>,
    owner: Owner,
}

/// The rows as they are on the page.
pub(super) struct RowsState {
    parent: Option<Element>,
    /// Stands after the last row.
    end: Placeholder,
    rows: Vec<Row>,
    family: Family,
}

struct Row {
    key: String,
    leads: RwSignal<bool>,
    state: OwnedViewState<<AnyView as Render>::State>,
    /// Lives for as long as one of its rows.
    _parent: Owner,
}

/// Who owns the rows that come next.
struct Family {
    list: Owner,
    parent: Owner,
    siblings: usize,
}

impl Family {
    fn new(list: Owner) -> Self {
        Self { parent: list.child(), list, siblings: 0 }
    }

    fn parent(&mut self) -> Owner {
        if self.siblings == SIBLINGS_MAX {
            self.parent = self.list.child();
            self.siblings = 0;
        }
        self.siblings += 1;
        self.parent.clone()
    }
}

impl Rows {
    pub(super) fn new(items: Vec<Item>, owner: Owner) -> Self {
        Self { items, owner }
    }
}

impl Item {
    /// The view of a new row, which owns what it makes and lets go of it when it goes.
    fn view(&self, parent: &Owner) -> (RwSignal<bool>, OwnedView<AnyView>) {
        let owner = parent.child();
        let (leads, view) = owner.with(|| {
            let leads = RwSignal::new(self.leads);
            (leads, (self.draw)(leads.into()))
        });
        (leads, OwnedView::new_with_owner(view, owner))
    }

    fn build(self, family: &mut Family) -> Row {
        let parent = family.parent();
        let (leads, view) = self.view(&parent);
        Row { key: self.key, leads, state: view.build(), _parent: parent }
    }
}

impl RowsState {
    /// Puts a row before the one that is to follow it.
    fn place(&self, row: &mut Row, next: Option<&Row>) {
        let Some(parent) = &self.parent else { return };
        let end = Some(self.end.as_ref());
        match next {
            Some(next) => next.state.insert_before_this_or_marker(parent, &mut row.state, end),
            None => row.state.mount(parent, end),
        }
    }
}

impl Render for Rows {
    type State = RowsState;

    fn build(self) -> RowsState {
        let mut family = Family::new(self.owner);
        let rows = self.items.into_iter().map(|item| item.build(&mut family)).collect();
        RowsState { parent: None, end: Rndr::create_placeholder(), rows, family }
    }

    fn rebuild(self, state: &mut RowsState) {
        let mut old: Vec<_> = std::mem::take(&mut state.rows).into_iter().map(Some).collect();
        let places: HashMap<_, _> =
            old.iter().flatten().enumerate().map(|(at, row)| (row.key.as_str(), at)).collect();
        let from: Vec<_> =
            self.items.iter().map(|item| places.get(item.key.as_str()).copied()).collect();
        let mut is_kept = vec![false; old.len()];
        for at in from.iter().flatten() {
            is_kept[*at] = true;
        }
        for (row, _) in old.iter_mut().zip(&is_kept).filter(|(_, is_kept)| !**is_kept) {
            if let Some(mut row) = row.take() {
                row.state.unmount();
            }
        }
        let stays = staying(&from);
        // From the last to the first: each row is placed before its successor, which stands already.
        let mut rows: Vec<Row> = Vec::with_capacity(self.items.len());
        for (at, item) in self.items.into_iter().enumerate().rev() {
            let row = match from[at].and_then(|old_at| old[old_at].take()) {
                Some(mut row) => {
                    if row.leads.get_untracked() != item.leads {
                        row.leads.set(item.leads);
                    }
                    if !stays[at] {
                        state.place(&mut row, rows.last());
                    }
                    row
                }
                None => {
                    let mut row = item.build(&mut state.family);
                    state.place(&mut row, rows.last());
                    row
                }
            };
            rows.push(row);
        }
        rows.reverse();
        state.rows = rows;
    }
}

impl AddAnyAttr for Rows {
    type Output<SomeNewAttr: Attribute> = Self;

    /// Attributes are for elements; a list is none.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for Rows {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        _: Vec<AnyAttribute>,
    ) {
        for item in self.items {
            let (_, view) = item.view(&self.owner);
            view.to_html_with_buf(buf, position, escape, mark_branches, Vec::new());
            *position = Position::NextChild;
        }
        buf.push_str("<!>");
        *position = Position::NextChild;
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> RowsState {
        let current = cursor.current();
        let parent = match position.get() {
            Position::FirstChild => Some(current),
            _ => Rndr::get_parent(&current),
        };
        let mut family = Family::new(self.owner);
        let rows = self.items.into_iter().map(|item| {
            let parent = family.parent();
            let (leads, view) = item.view(&parent);
            let state = view.hydrate::<FROM_SERVER>(cursor, position);
            Row { key: item.key, leads, state, _parent: parent }
        });
        let rows = rows.collect();
        let end = cursor.next_placeholder(position);
        position.set(Position::NextChild);
        RowsState { parent: parent.and_then(Element::cast_from), end, rows, family }
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Mountable for RowsState {
    fn unmount(&mut self) {
        for row in &mut self.rows {
            row.state.unmount();
        }
        self.end.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.parent = Some(parent.clone());
        for row in &mut self.rows {
            row.state.mount(parent, marker);
        }
        self.end.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match self.rows.first() {
            Some(first) => first.state.insert_before_this(child),
            None => self.end.insert_before_this(child),
        }
    }

    fn elements(&self) -> Vec<Element> {
        self.rows.iter().flat_map(|row| row.state.elements()).collect()
    }
}

/// Which rows need not move, as many as there can be: a longest rising run of the positions that they come from, found by
/// patience sorting. New rows come from nowhere.
fn staying(from: &[Option<usize>]) -> Vec<bool> {
    // For each length the run of that length which ends lowest, by the index of its end; and what comes before each end.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; from.len()];
    for (at, place) in from.iter().enumerate() {
        let Some(place) = place else { continue };
        let length = ends.partition_point(|end| from[*end].is_some_and(|other| other < *place));
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut stays = vec![false; from.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        stays[at] = true;
        next = before[at];
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::staying;
    use proptest::prelude::*;

    fn stay(from: &[Option<usize>]) -> Vec<usize> {
        let stays = staying(from);
        from.iter().zip(stays).filter(|(_, stays)| *stays).filter_map(|(from, _)| *from).collect()
    }

    #[test]
    fn rows_that_only_get_new_neighbours_stay() {
        assert_eq!(stay(&[None, None, Some(0), Some(1)]), [0, 1]);
        assert_eq!(stay(&[Some(2), Some(3), None]), [2, 3]);
        assert!(stay(&[None, None]).is_empty());
    }

    #[test]
    fn one_row_that_jumps_moves_alone() {
        assert_eq!(stay(&[Some(3), Some(0), Some(1), Some(2)]), [0, 1, 2]);
        assert_eq!(stay(&[Some(1), Some(2), Some(0), Some(3)]), [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn what_stays_is_in_order_and_no_single_row_more_could(
            from in proptest::collection::vec(proptest::option::of(0_usize..40), 0..40),
        ) {
            let stays = staying(&from);
            let kept = stay(&from);
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            for (at, place) in from.iter().enumerate().filter(|(at, _)| !stays[*at]) {
                let Some(place) = place else { continue };
                let before = from[..at].iter().zip(&stays).filter(|(_, stays)| **stays);
                let after = from[at..].iter().zip(&stays[at..]).filter(|(_, stays)| **stays);
                let fits_before = before.filter_map(|(from, _)| *from).all(|other| other < *place);
                let fits_after = after.filter_map(|(from, _)| *from).all(|other| other > *place);
                prop_assert!(!(fits_before && fits_after));
            }
        }
    }
}
