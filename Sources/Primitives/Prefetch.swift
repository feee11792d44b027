import CIntrinsics

/// Asks for memory that will be read soon, so that it has come when it is.
@inline(__always)
package func prefetch(_ address: UnsafeRawPointer) {
    martlet_prefetch(address)
}
