/// One or more values with the type that says what they mean.
package struct ValuesMap: Hashable, Sendable {
    package var type: PayloadType
    /// Numbers, strings, booleans and points, as they were written.
    package var values: [JSON]

    package init(_ type: PayloadType, _ values: [JSON]) {
        self.type = type
        self.values = values
    }

    package init(_ type: PayloadType, text: String) {
        self.init(type, [.string(text)])
    }

    /// One number with a decimal point: `scaled` ÷ 10^`decimals`.
    package init(_ type: PayloadType, scaled: Int, decimals: Int) {
        self.init(type, [.number(JSONNumber(scaled: scaled, decimals: decimals))])
    }

    init(json: JSON, path: String) throws {
        let reader = try ObjectReader(json, path: path)
        self.type = PayloadType(rawValue: try reader.required("type", try reader.text("type")))
        let values = try reader.required(
            "values", try reader.list("values") { value, place in try Self.checked(value, place) })
        self.values = values
        self.extra = reader.object.without(["type", "values"])
    }

    private var extra = JSONObject()

    /// A curve may come as a list of lists of points (fact sheet 1.9, defect 12).
    private static func checked(_ value: JSON, _ path: String) throws -> JSON {
        switch value {
        case .null:
            throw OpenADRError(.invalid, "\(path): send a number, text, a truth value or a point")
        case .object(let point):
            guard point["x"]?.number != nil, point["y"]?.number != nil else {
                throw OpenADRError(.invalid, "\(path): send a point with the numbers x and y")
            }
        case .array(let points):
            for (index, point) in points.enumerated() {
                guard point.object != nil else {
                    throw OpenADRError(.invalid, "\(path)[\(index)]: send a point with x and y")
                }
                _ = try Self.checked(point, "\(path)[\(index)]")
            }
        case .bool, .number, .string: break
        }
        return value
    }

    /// The first value where it is a number.
    package var number: JSONNumber? { self.values.first?.number }
    /// The first value where it is text.
    package var text: String? { self.values.first?.string }

    package var json: JSON {
        let object: JSONObject = [
            "type": .string(self.type.rawValue), "values": .array(self.values),
        ]
        return .object(object.appending(self.extra))
    }
}

extension [ValuesMap] {
    /// The first values map of a type.
    package func first(_ type: PayloadType) -> ValuesMap? { self.first { $0.type == type } }
    var json: JSON { .array(self.map(\.json)) }
}
