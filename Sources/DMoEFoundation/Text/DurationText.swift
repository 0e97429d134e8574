/// A length of time as people read it; the same in every locale.
@_spi(Command) public enum DurationText {
  /// Minutes and seconds, with hours where there are any: "0:07", "12:06", "1:02:03"; "-:--" for what is no such time.
  public static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e8 else { return "-:--" }
    let whole = Int(seconds.rounded())
    func padded(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, padded(whole % 60))
    return hours > 0 ? "\(hours):\(padded(minutes)):\(rest)" : "\(minutes):\(rest)"
  }
}
