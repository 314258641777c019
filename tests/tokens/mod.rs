//! Rust tokens, as far as both readers of the sources need them.

use proc_macro2::{Delimiter, TokenTree};

/// Whether a token is this mark.
pub fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// Whether `#[cfg(test)]` starts here.
pub fn is_cfg_test(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else {
        return false;
    };
    hash.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// The number of tokens up to the end of the item: its body in braces, or its semicolon.
pub fn length_of_item(tokens: &[TokenTree]) -> usize {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';'),
    });
    end.map_or(tokens.len(), |end| end + 1)
}
