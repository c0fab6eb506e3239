/// Names of facts in log lines that several processes share, so that one search finds them all.
package enum LogKey {
    /// 32 hexadecimal digits that follow a signal from the utility to the charger's answer.
    package static let trace = "trace.id"
    package static let resource = "resource"
    package static let product = "product"
    package static let station = "station.id"
    /// W, deviation from the declared baseline, + = up.
    package static let watts = "watts"
    package static let milliHertz = "frequency.mhz"
    /// Microseconds from an order's arrival at the server to the charger's last answer to it.
    package static let latency = "latency.us"
    /// Milliseconds since the signal was sent.
    package static let age = "age.ms"
}
