import Foundation

/// How long a service asks to wait, from the headers of its reply.
///
/// Sources: RFC 9110 sections 5.6.7 and 10.2.3 for `Retry-After`; the others are those of OpenAI-compatible services.
enum RetryAfter {
  /// The time to wait; nil if the headers do not say.
  ///
  /// In this order: `retry-after-ms`, `Retry-After` as seconds or as a date, then `x-ratelimit-reset-requests` and
  /// `-tokens`: of these, the ones whose `x-ratelimit-remaining` is 0, or else that of the tokens, because a request
  /// can want more tokens than are left.
  ///
  /// - Parameter headers: by lower-case name.
  /// - Parameter now: stands in for a missing `Date` header.
  static func parse(_ headers: [String: String], now: Date) -> Duration? {
    if let text = headers["retry-after-ms"], let time = number(text, unit: 0.001) { return time }
    if let text = headers["retry-after"] {
      if let time = number(text, unit: 1) { return time }
      if let until = date(text) {
        let from = headers["date"].flatMap(date) ?? now
        return limited(until.timeIntervalSince(from))
      }
    }
    let resets = ["requests", "tokens"].compactMap { name -> (time: Duration, isUsedUp: Bool)? in
      guard let text = headers["x-ratelimit-reset-\(name)"], let time = span(text) else { return nil }
      let remaining = headers["x-ratelimit-remaining-\(name)"].flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
      return (time, remaining.map { $0 <= 0 } ?? false)
    }
    return resets.filter(\.isUsedUp).map(\.time).max() ?? resets.last?.time
  }

  /// A time such as `1s`, `6m0s`, `20ms` or `1h2m3.5s`; a bare number is seconds.
  static func span(_ text: String) -> Duration? {
    var rest = Substring(text.trimmingCharacters(in: .whitespaces).lowercased())
    if let time = number(String(rest), unit: 1) { return time }
    var seconds = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      let units: [Substring: Double] = ["d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9]
      guard let value = Double(digits), let factor = units[unit] else { return nil }
      seconds += value * factor
    }
    return limited(seconds)
  }

  /// A date of HTTP in any of its three forms.
  static func date(_ text: String) -> Date? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.isLenient = false
    let text = text.split(separator: " ").joined(separator: " ")
    for format in ["EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy"] {
      formatter.dateFormat = format
      if let date = formatter.date(from: text) { return date }
    }
    return nil
  }

  private static func number(_ text: String, unit: Double) -> Duration? {
    let text = text.trimmingCharacters(in: .whitespaces)
    // Double also reads "nan", "inf" and "0x1p4".
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let value = Double(text)
    else { return nil }
    return limited(value * unit)
  }

  /// No service is believed to mean more than a day.
  private static func limited(_ seconds: Double) -> Duration? {
    guard seconds.isFinite else { return nil }
    return .milliseconds(Int((min(max(seconds, 0), 86_400) * 1000).rounded(.up)))
  }
}
