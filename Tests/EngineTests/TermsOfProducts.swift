import Foundation
import GridCodes

/// Terms of a product as a pack would have them, from the few figures that a test is about.
func productTerms(
    mechanism: String = "agcSetpoint", method: String = "deliveredShare", full: Int = 10_000, zero: Int = 0,
    window: Int = 3_600, baseline: String = "declared", days: Int = 0, highest: Int = 0, isJoint: Bool = false,
    capacity: String = "marginal", energy: String = "none", mileagePrice: Int? = nil, penalty: String = "scaled",
    restore: Int? = nil, damages: String? = nil
) throws -> ProductTerms {
    let mileage = mileagePrice.map { #","paysMileage":true,"mileagePrice":\#($0)"# } ?? #","paysMileage":false"#
    let restored = restore.map { #","restorePerMille":\#($0)"# } ?? ""
    let text =
        #"{"mechanism":"\#(mechanism)","dispatch":"engine","response":{"initiationMilliseconds":500},"#
        + #""energy":{"reserveSeconds":900,"settlementPeriodSeconds":1800,"powerPerMille":1000\#(restored)},"#
        + #""calendar":{"dayStartSeconds":0,"blockSeconds":3600,"weekdaysOnly":false},"gate":{"secondsBefore":60},"#
        + #""bid":{"maximumWatts":100000000,"isDivisible":true,"isJoint":\#(isJoint),"minimumPrice":-99000000000,"#
        + #""maximumPrice":99000000000},"#
        + #""telemetry":{"periodMilliseconds":1000,"accuracy":0,"proofPeriodMilliseconds":10000},"#
        + #""baseline":{"method":"\#(baseline)","days":\#(days),"highest":\#(highest),"capPerMille":0},"#
        + #""performance":{"method":"\#(method)","full":\#(full),"zero":\#(zero),"windowSeconds":\#(window)},"#
        + #""payment":{"capacity":"\#(capacity)","energy":"\#(energy)"\#(mileage),"penalty":"\#(penalty)"\#(damages.map { ",\"damages\":\($0)" } ?? "")}}"#
    return try JSONDecoder().decode(ProductTerms.self, from: Data(text.utf8))
}
