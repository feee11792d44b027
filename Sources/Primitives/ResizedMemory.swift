import Glibc

/// Memory of another length, at least 16 bytes aligned, to be freed with `free`. The C library moves the pages of a
/// large block instead of its bytes, where allocating, copying and freeing would touch each of them.
/// - Parameter memory: what this function has returned; `nil`: new memory.
package func resizedMemory(_ memory: UnsafeMutableRawPointer?, byteCount: Int) -> UnsafeMutableRawPointer {
    guard let resized = realloc(memory, byteCount) else { preconditionFailure("the system gives no memory") }
    return resized
}
