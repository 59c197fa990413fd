//! The language of `filter` and `order` (Searchlight, facts 1.4), as far as it is publicly described: comparisons,
//! `in`, `contains`, `startswith`, `endswith`, `between`, `is null`, joined by `and`, `or`, `not` and parentheses.

use crate::sql::rehearsal::{Condition, Op, Order, Sort};

/// Finds a field: the column and how it is compared.
pub(super) type Resolve<'a> = &'a dyn Fn(&str) -> Option<(String, Sort)>;

/// Deepest nesting.
const DEPTH: usize = 32;

/// Reads a filter; the error says what is not understood.
pub(super) fn filter(text: &str, resolve: Resolve<'_>) -> Result<Condition, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, resolve };
    let condition = parser.any(0)?;
    match parser.next() {
        None => Ok(condition),
        Some(token) => Err(format!("'{}' is too much.", token.text())),
    }
}

/// Reads an order: `created desc, erpKey`.
pub(super) fn order(text: &str, resolve: Resolve<'_>) -> Result<Vec<Order>, String> {
    let one = |item: &str| {
        let mut words = item.split_whitespace();
        let field = words.next().unwrap_or_default();
        let (column, sort) = resolve(field).ok_or_else(|| no_field(field))?;
        let descending = match words.next().map(str::to_lowercase).as_deref() {
            None | Some("asc" | "ascending") => false,
            Some("desc" | "descending") => true,
            Some(word) => return Err(format!("'{word}' is neither asc nor desc.")),
        };
        Ok(Order { column, sort, descending })
    };
    text.split(',').map(one).collect()
}

fn no_field(name: &str) -> String {
    format!("The field '{name}' does not exist.")
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Token::Word(text) | Token::Text(text) | Token::Sign(text) => text,
        }
    }

    fn is(&self, word: &str) -> bool {
        match self {
            Token::Text(_) => false,
            Token::Word(text) | Token::Sign(text) => text.eq_ignore_ascii_case(word),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' => {
                let (value, after) = quoted(rest).ok_or_else(|| "A quotation mark is missing.".to_owned())?;
                (Token::Text(value), after)
            }
            '(' | ')' | ',' => (Token::Sign(first.to_string()), rest.get(1..).unwrap_or_default()),
            '<' | '>' | '=' | '!' => {
                let end = rest.find(|c| !"<>=!".contains(c)).unwrap_or(rest.len());
                let (sign, after) = rest.split_at(end);
                (Token::Sign(sign.to_owned()), after)
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "'(),<>=!".contains(c);
                let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
                (Token::Word(word.to_owned()), after)
            }
        };
        found.push(token);
        rest = after.trim_start();
    }
    Ok(found)
}

/// A value in single quotes, a quote inside being doubled, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    resolve: Resolve<'a>,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.tokens.get(self.at).is_some_and(|t| t.is(word));
        self.at += usize::from(is);
        is
    }

    fn wants(&mut self, word: &str) -> Result<(), String> {
        if self.takes(word) { Ok(()) } else { Err(format!("'{word}' is missing.")) }
    }

    fn any(&mut self, depth: usize) -> Result<Condition, String> {
        let mut list = vec![self.all(depth)?];
        while self.takes("or") {
            list.push(self.all(depth)?);
        }
        Ok(Condition::Any(list))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, String> {
        let mut list = vec![self.one(depth)?];
        while self.takes("and") {
            list.push(self.one(depth)?);
        }
        Ok(Condition::All(list))
    }

    fn one(&mut self, depth: usize) -> Result<Condition, String> {
        if depth > DEPTH {
            return Err("It is nested too deep.".to_owned());
        }
        if self.takes("not") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            self.wants(")")?;
            return Ok(inner);
        }
        self.test()
    }

    fn test(&mut self) -> Result<Condition, String> {
        let name = match self.next() {
            Some(Token::Word(name)) => name,
            _ => return Err("A field is missing.".to_owned()),
        };
        let (column, sort) = (self.resolve)(&name).ok_or_else(|| no_field(&name))?;
        let word = self.next().map(|t| t.text().to_lowercase()).unwrap_or_default();
        let is = |op, values| Condition::Is { column: column.clone(), sort, op, values };
        let op = match word.as_str() {
            "in" => return Ok(is(Op::In, self.list()?)),
            "is" => {
                let not = self.takes("not");
                self.wants("null")?;
                let null = is(Op::IsNull, Vec::new());
                return Ok(if not { Condition::Not(Box::new(null)) } else { null });
            }
            "between" => {
                let low = is(Op::AtLeast, vec![self.value()?]);
                self.wants("and")?;
                return Ok(Condition::All(vec![low, is(Op::AtMost, vec![self.value()?])]));
            }
            "eq" | "=" | "==" => Op::In,
            "ne" | "!=" | "<>" => Op::NotEqual,
            "lt" | "<" => Op::Less,
            "le" | "<=" => Op::AtMost,
            "gt" | ">" => Op::Greater,
            "ge" | ">=" => Op::AtLeast,
            "contains" => Op::Contains,
            "startswith" => Op::StartsWith,
            "endswith" => Op::EndsWith,
            _ => return Err(format!("'{word}' is no operator.")),
        };
        Ok(is(op, vec![self.value()?]))
    }

    fn list(&mut self) -> Result<Vec<String>, String> {
        self.wants("(")?;
        let mut values = vec![self.value()?];
        while self.takes(",") {
            values.push(self.value()?);
        }
        self.wants(")")?;
        Ok(values)
    }

    fn value(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(value) | Token::Word(value)) => Ok(value),
            _ => Err("A value is missing.".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(name: &str) -> Option<(String, Sort)> {
        let sort = match name.to_lowercase().as_str() {
            "key" => Sort::Text,
            "amount" => Sort::Number,
            _ => return None,
        };
        Some((name.to_lowercase(), sort))
    }

    fn sql(text: &str) -> Result<String, String> {
        filter(text, &resolve).map(|c| c.sql())
    }

    #[test]
    fn filters_are_understood_or_refused() {
        let key = |test: &str| format!("((coalesce(CAST(\"key\" AS VARCHAR) {test}, false)))");
        assert_eq!(sql("Key eq 'A''1'").unwrap(), key("IN ('A''1')"));
        assert_eq!(sql("key IN ('a', b)").unwrap(), key("IN ('a', 'b')"));
        assert_eq!(sql("key>='a'").unwrap(), key(">= 'a'"));
        let both = sql("not (key is null or amount between 1 and 2) and key <> 'x'").unwrap();
        assert!(both.contains("NOT") && both.contains(" OR ") && both.contains("IS DISTINCT FROM"), "{both}");
        for wrong in
            ["", "x eq 1", "key", "key like 'a'", "key eq", "key eq 'a", "key eq 'a' key", "(key eq 1"]
        {
            assert!(sql(wrong).is_err(), "{wrong}");
        }
        assert!(sql(&"(".repeat(10_000)).is_err());
        assert!(sql(&"not ".repeat(10_000)).is_err());
    }

    #[test]
    fn orders_are_understood_or_refused() {
        let found = order("key desc, amount", &resolve).unwrap();
        assert!(found[0].descending && !found[1].descending && found[1].sort == Sort::Number);
        assert!(order("key down", &resolve).is_err() && order("x", &resolve).is_err());
    }
}
