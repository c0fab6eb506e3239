extension V2 {
    /// 2.1: sets one control of a distributed energy resource (R04).
    package struct SetDERControlRequest: TableRequest {
        package typealias Answer = DERControlAnswer
        package static let action = "SetDERControl"
        package var isDefault = false
        package var controlId = ""
        package var controlType = ""
        package var curve: DERCurve?
        package var enterService: EnterService?
        package var fixedPFAbsorb: FixedPF?
        package var fixedPFInject: FixedPF?
        package var fixedVar: FixedVar?
        package var freqDroop: FreqDroop?
        package var gradient: Gradient?
        package var limitMaxDischarge: LimitMaxDischarge?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("isDefault", \.isDefault), .init("controlId", \.controlId, length: 36),
            .init("controlType", \.controlType, of: DERWords.controls), .init("curve", \.curve),
            .init("enterService", \.enterService), .init("fixedPFAbsorb", \.fixedPFAbsorb),
            .init("fixedPFInject", \.fixedPFInject), .init("fixedVar", \.fixedVar), .init("freqDroop", \.freqDroop),
            .init("gradient", \.gradient), .init("limitMaxDischarge", \.limitMaxDischarge),
        ]

        /// Exactly the field that belongs to the type (R04.FR.16, 17); defaults carry no time (12, 13); EnterService and
        /// Gradients are defaults only (14, 15).
        package func conflict(in version: OCPPVersion) -> OCPPError? {
            let present = self.present
            let wanted = Self.field(of: self.controlType)
            if present.map(\.name) != [wanted] {
                return OCPPError(.propertyConstraintViolation, "\(self.controlType) wants \(wanted) and nothing else")
            }
            if self.isDefault, present.contains(where: \.hasTime) {
                return OCPPError(.propertyConstraintViolation, "a default control has no startTime and no duration")
            }
            if !self.isDefault, ["EnterService", "Gradients"].contains(self.controlType) {
                return OCPPError(.propertyConstraintViolation, "\(self.controlType) is a default control only")
            }
            return nil
        }

        private static func field(of type: String) -> String {
            switch type {
            case "EnterService": "enterService"
            case "FixedPFAbsorb": "fixedPFAbsorb"
            case "FixedPFInject": "fixedPFInject"
            case "FixedVar": "fixedVar"
            case "FreqDroop": "freqDroop"
            case "Gradients": "gradient"
            case "LimitMaxDischarge": "limitMaxDischarge"
            default: "curve"
            }
        }

        private var present: [(name: String, hasTime: Bool)] {
            func part(_ name: String, _ isThere: Bool, _ start: DateTime?, _ duration: Milli?) -> [(String, Bool)] {
                isThere ? [(name, start != nil || duration != nil)] : []
            }
            return part("curve", self.curve != nil, self.curve?.startTime, self.curve?.duration)
                + part("enterService", self.enterService != nil, nil, nil)
                + part(
                    "fixedPFAbsorb", self.fixedPFAbsorb != nil, self.fixedPFAbsorb?.startTime,
                    self.fixedPFAbsorb?.duration)
                + part(
                    "fixedPFInject", self.fixedPFInject != nil, self.fixedPFInject?.startTime,
                    self.fixedPFInject?.duration)
                + part("fixedVar", self.fixedVar != nil, self.fixedVar?.startTime, self.fixedVar?.duration)
                + part("freqDroop", self.freqDroop != nil, self.freqDroop?.startTime, self.freqDroop?.duration)
                + part("gradient", self.gradient != nil, nil, nil)
                + part(
                    "limitMaxDischarge", self.limitMaxDischarge != nil, self.limitMaxDischarge?.startTime,
                    self.limitMaxDischarge?.duration)
        }
    }

    package struct DERControlAnswer: Table {
        package var status = ""
        package var statusInfo: StatusInfo?
        /// Controls that the new one put aside.
        package var supersededIds: [String]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: DERWords.statuses), .init("statusInfo", \.statusInfo),
            .init("supersededIds", \.supersededIds, length: 36, items: 1...24),
        ]
    }
}
