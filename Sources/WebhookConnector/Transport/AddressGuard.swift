import Glibc

/// Tells addresses of the public internet from those that only a neighbour should reach: a webhook's URL must not be a
/// way into the network that the pipeline runs in (server-side request forgery).
///
/// Source: the special-purpose address registries of RFC 6890 as IANA keeps them, with multicast (RFC 5771, RFC 4291)
/// and the IPv6 forms that carry an IPv4 address (RFC 4291, RFC 6052, RFC 3056, RFC 4380).
enum AddressGuard {
    /// First address and prefix length.
    private static let closedIPv4: [(UInt32, Int)] = [
        (0x0000_0000, 8),  // this network
        (0x0A00_0000, 8),  // private
        (0x6440_0000, 10),  // carrier-grade NAT
        (0x7F00_0000, 8),  // loopback
        (0xA9FE_0000, 16),  // link-local, with the metadata services of clouds
        (0xAC10_0000, 12),  // private
        (0xC000_0000, 24),  // protocol assignments
        (0xC000_0200, 24),  // documentation
        (0xC058_6300, 24),  // 6to4 relays
        (0xC0A8_0000, 16),  // private
        (0xC612_0000, 15),  // benchmarks
        (0xC633_6400, 24),  // documentation
        (0xCB00_7100, 24),  // documentation
        (0xE000_0000, 3),  // multicast, reserved, broadcast
    ]

    /// - Parameter bytes: in network order; 4 or 16 of them.
    static func isPublic(_ bytes: [UInt8]) -> Bool {
        switch bytes.count {
        case 4: isPublicIPv4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: isPublicIPv6(bytes)
        default: false
        }
    }

    /// - Parameter host: as it stands in a URL, without brackets.
    /// - Returns: `nil` if it is a name, about which only a resolver knows.
    static func isPublic(literal host: String) -> Bool? {
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return isPublicIPv4(UInt32(bigEndian: four.s_addr)) }
        var six = in6_addr()
        if inet_pton(AF_INET6, host, &six) == 1 { return isPublicIPv6(withUnsafeBytes(of: &six) { Array($0) }) }
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") ? false : nil
    }

    private static func isPublicIPv4(_ address: UInt32) -> Bool {
        !closedIPv4.contains { first, length in address >> (32 - length) == first >> (32 - length) }
    }

    private static func isPublicIPv6(_ bytes: [UInt8]) -> Bool {
        func carried(_ range: Range<Int>) -> Bool { isPublic(Array(bytes[range])) }
        // IPv4-mapped, and the translation prefix of NAT64: as good as what they carry.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF { return carried(12..<16) }
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B]) {
            return bytes[4..<12].allSatisfy { $0 == 0 } && carried(12..<16)
        }
        // 6to4.
        if bytes[0] == 0x20, bytes[1] == 0x02 { return carried(2..<6) }
        // Of the rest only global unicast, 2000::/3, less Teredo, ORCHID and the like (2001::/23) and documentation.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        if bytes[0] == 0x20, bytes[1] == 0x01 {
            let third = bytes[2]
            if third < 2 { return false }
            if third == 0x0D, bytes[3] == 0xB8 { return false }
        }
        return !(bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] & 0xF0 == 0)
    }
}
