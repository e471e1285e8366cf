//! The same program written in another order. Fields, conjuncts, disjuncts and files have no order
//! that a value may depend on; only the order of fields in the output comes from it.

use crate::program::{Decl, Expr, Item, Program};
use crate::random::Random;

impl Program {
    /// The program with its files, and what stands in them, in another order.
    pub fn permuted(&self, random: &mut Random) -> Program {
        let mut files: Vec<Vec<Decl>> =
            self.files.iter().map(|decls| declarations(decls, random)).collect();
        random.shuffle(&mut files);
        Program { files }
    }
}

fn declarations(decls: &[Decl], random: &mut Random) -> Vec<Decl> {
    let mut decls: Vec<Decl> = decls.iter().map(|decl| declaration(decl, random)).collect();
    random.shuffle(&mut decls);
    decls
}

fn declaration(decl: &Decl, random: &mut Random) -> Decl {
    match decl {
        Decl::Field(label, value) => Decl::Field(label.clone(), expression(value, random)),
        Decl::Dynamic(key, value) => {
            Decl::Dynamic(expression(key, random), expression(value, random))
        }
        Decl::Pattern(key, value) => {
            Decl::Pattern(expression(key, random), expression(value, random))
        }
        Decl::Embed(value) => Decl::Embed(expression(value, random)),
        Decl::Comprehension(clauses, body) => {
            Decl::Comprehension(clauses.clone(), declarations(body, random))
        }
        Decl::Let(name, value) => Decl::Let(name.clone(), expression(value, random)),
        Decl::Ellipsis => Decl::Ellipsis,
    }
}

fn expression(expr: &Expr, random: &mut Random) -> Expr {
    match expr {
        Expr::Atom(_) => expr.clone(),
        Expr::Struct(decls) => Expr::Struct(declarations(decls, random)),
        Expr::List(items) => Expr::List(items.iter().map(|item| element(item, random)).collect()),
        Expr::Binary(operator, operands) => {
            let mut operands: Vec<Expr> =
                operands.iter().map(|operand| expression(operand, random)).collect();
            if *operator == "&" {
                random.shuffle(&mut operands);
            }
            Expr::Binary(operator, operands)
        }
        Expr::Disjunction(arms) => {
            let mut arms: Vec<(bool, Expr)> =
                arms.iter().map(|(marked, arm)| (*marked, expression(arm, random))).collect();
            random.shuffle(&mut arms);
            Expr::Disjunction(arms)
        }
        Expr::Unary(operator, inner) => Expr::Unary(operator, Box::new(expression(inner, random))),
        Expr::Call(function, arguments) => Expr::Call(
            function,
            arguments.iter().map(|argument| expression(argument, random)).collect(),
        ),
        Expr::Select(base, label) => {
            Expr::Select(Box::new(expression(base, random)), label.clone())
        }
        Expr::Index(base, index) => {
            Expr::Index(Box::new(expression(base, random)), Box::new(expression(index, random)))
        }
        Expr::Interpolation(prefix, inner) => {
            Expr::Interpolation(prefix, Box::new(expression(inner, random)))
        }
    }
}

fn element(item: &Item, random: &mut Random) -> Item {
    match item {
        Item::Value(value) => Item::Value(expression(value, random)),
        Item::Rest(rest) => Item::Rest(expression(rest, random)),
        Item::Comprehension(clauses, value) => {
            Item::Comprehension(clauses.clone(), expression(value, random))
        }
    }
}
