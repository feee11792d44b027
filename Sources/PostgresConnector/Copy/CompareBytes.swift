import Glibc

/// The order of two runs of bytes of one length: negative, zero or positive.
@inline(__always)
func compareBytes(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Int32 {
    memcmp(left, right, count)
}
