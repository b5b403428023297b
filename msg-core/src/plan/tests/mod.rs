//! The laws of the planner over generated content and capabilities, and what every sample becomes on every channel.

mod examples;
mod laws;
mod matrix;
mod measure;
mod strategy;
