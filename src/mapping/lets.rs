//! The lets of a source, in any order: one may use another that stands further down.

use super::lookup::Known;
use super::scope::{RowScope, SourceView, World};
use super::value::{Place, Wrong, build_let};
use crate::diagnostic::Code;
use crate::expr::{Grouping, Lowered, Type};
use crate::spec::mapping::SourceSpec;
use crate::sql::Expr;
use std::cell::RefCell;

/// Compiles all lets of a source into its view; gives what is wrong with them. One with a mistake is known as empty, so
/// that what uses it is no second mistake.
pub(super) fn lets(spec: &SourceSpec, view: &SourceView, world: &World<'_>, lookups: &[Known]) -> Vec<Wrong> {
    let lets = Lets { spec, view, world, lookups, underway: RefCell::default(), wrong: RefCell::default() };
    spec.lets.iter().for_each(|(name, _)| lets.make(&name.value));
    lets.wrong.into_inner()
}

struct Lets<'a> {
    spec: &'a SourceSpec,
    view: &'a SourceView,
    world: &'a World<'a>,
    lookups: &'a [Known],
    underway: RefCell<Vec<String>>,
    wrong: RefCell<Vec<Wrong>>,
}

impl Lets<'_> {
    fn make(&self, wanted: &str) {
        let Some((name, value)) = self.spec.lets.iter().find(|(n, _)| n.value == wanted) else { return };
        if self.view.lets.borrow().contains_key(wanted) {
            return;
        }
        let chain = self.underway.borrow().clone();
        if let Some(begin) = chain.iter().position(|n| n == wanted) {
            let ring: Vec<&str> = chain.iter().skip(begin).map(String::as_str).chain([wanted]).collect();
            let message = format!("`{wanted}` needs itself: {}", ring.join(" → "));
            let help = "Take one of these references out.".to_owned();
            self.wrong.borrow_mut().push(Wrong::new(Code::LET_CYCLE, &name.span, message, Some(help)));
            self.know(wanted, Lowered::sure(Type::Empty, Expr::null("VARCHAR")), Vec::new());
            return;
        }
        self.underway.borrow_mut().push(wanted.to_owned());
        let later = |name: &str| self.make(name);
        let mut scope = RowScope::rows(self.view, self.world, Grouping::Rows);
        scope.later = Some(&later);
        let place = Place {
            source: self.view,
            scope: &scope,
            lookups: self.lookups,
            prefix: "let#",
            rows_agree: false,
        };
        let made = build_let(value, &place);
        self.underway.borrow_mut().pop();
        let read = scope.read.borrow().clone();
        match made {
            Ok(lowered) => self.know(wanted, lowered, read),
            Err(wrong) => {
                self.wrong.borrow_mut().extend(wrong);
                self.know(wanted, Lowered::sure(Type::Empty, Expr::null("VARCHAR")), read);
            }
        }
    }

    fn know(&self, name: &str, value: Lowered, read: Vec<String>) {
        self.view.lets.borrow_mut().entry(name.to_owned()).or_insert((value, read));
    }
}
