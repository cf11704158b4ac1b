//! stub
pub struct Reader;
pub struct Answer;
