extension V2 {
    /// 2.1: the controls that were asked for.
    package struct ReportDERControlRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "ReportDERControl"

        package struct CurveGet: Table {
            package var curve = DERCurve()
            package var id = ""
            package var curveType = ""
            package var isDefault = false
            package var isSuperseded = false
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("curve", \.curve), .init("id", \.id, length: 36),
                .init("curveType", \.curveType, of: DERWords.controls), .init("isDefault", \.isDefault),
                .init("isSuperseded", \.isSuperseded),
            ]
        }

        package struct EnterServiceGet: Table {
            package var id = ""
            package var enterService = EnterService()
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("enterService", \.enterService), .init("id", \.id, length: 36),
            ]
        }

        package struct FixedPFGet: Table {
            package var id = ""
            package var fixedPF = FixedPF()
            package var isDefault = false
            package var isSuperseded = false
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("fixedPF", \.fixedPF), .init("id", \.id, length: 36), .init("isDefault", \.isDefault),
                .init("isSuperseded", \.isSuperseded),
            ]
        }

        package struct FixedVarGet: Table {
            package var id = ""
            package var fixedVar = FixedVar()
            package var isDefault = false
            package var isSuperseded = false
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("fixedVar", \.fixedVar), .init("id", \.id, length: 36), .init("isDefault", \.isDefault),
                .init("isSuperseded", \.isSuperseded),
            ]
        }

        package struct FreqDroopGet: Table {
            package var id = ""
            package var freqDroop = FreqDroop()
            package var isDefault = false
            package var isSuperseded = false
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("freqDroop", \.freqDroop), .init("id", \.id, length: 36), .init("isDefault", \.isDefault),
                .init("isSuperseded", \.isSuperseded),
            ]
        }

        package struct GradientGet: Table {
            package var id = ""
            package var gradient = Gradient()
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("gradient", \.gradient), .init("id", \.id, length: 36),
            ]
        }

        package struct LimitMaxDischargeGet: Table {
            package var id = ""
            package var isDefault = false
            package var isSuperseded = false
            package var limitMaxDischarge = LimitMaxDischarge()
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("id", \.id, length: 36), .init("isDefault", \.isDefault), .init("isSuperseded", \.isSuperseded),
                .init("limitMaxDischarge", \.limitMaxDischarge),
            ]
        }

        package var curve: [CurveGet]?
        package var enterService: [EnterServiceGet]?
        package var fixedPFAbsorb: [FixedPFGet]?
        package var fixedPFInject: [FixedPFGet]?
        package var fixedVar: [FixedVarGet]?
        package var freqDroop: [FreqDroopGet]?
        package var gradient: [GradientGet]?
        package var limitMaxDischarge: [LimitMaxDischargeGet]?
        package var requestId = 0
        package var tbc: Bool?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("curve", \.curve, items: 1...24), .init("enterService", \.enterService, items: 1...24),
            .init("fixedPFAbsorb", \.fixedPFAbsorb, items: 1...24),
            .init("fixedPFInject", \.fixedPFInject, items: 1...24), .init("fixedVar", \.fixedVar, items: 1...24),
            .init("freqDroop", \.freqDroop, items: 1...24), .init("gradient", \.gradient, items: 1...24),
            .init("limitMaxDischarge", \.limitMaxDischarge, items: 1...24), .init("requestId", \.requestId),
            .init("tbc", \.tbc),
        ]
    }
}
