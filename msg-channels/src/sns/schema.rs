//! Names of the query protocol and of what topics post, as far as this wire writes and reads them
//! (`Publish` of the API's model, 2010-03-31).

/// The version of the API.
pub(super) const VERSION: &str = "2010-03-31";

/// Attributes of an SMS (<https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>).
pub(super) const KIND: &str = "AWS.SNS.SMS.SMSType";
pub(super) const SENDER: &str = "AWS.SNS.SMS.SenderID";
pub(super) const PRICE: &str = "AWS.SNS.SMS.MaxPrice";
pub(super) const NUMBER: &str = "AWS.MM.SMS.OriginationNumber";
pub(super) const ENTITY: &str = "AWS.MM.SMS.EntityId";
pub(super) const TEMPLATE: &str = "AWS.MM.SMS.TemplateId";
