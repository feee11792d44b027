package import Primitives
import Synchronization

/// Where operators find models, and how they read them; the composition root gives both.
package struct ModelFiles: Sendable {
    /// The folder with the models that have a name, each in a folder of its own; `nil` if there is none.
    package var directory: String?
    /// The bytes of a file, `nil` if there is none.
    package var read: @Sendable (_ path: String) throws(Fault) -> [UInt8]?
    /// Models that have been read, for all operators that name the same.
    package let shared = SharedModels()

    package init(directory: String?, read: @escaping @Sendable (_ path: String) throws(Fault) -> [UInt8]?) {
        self.directory = directory
        self.read = read
    }

    /// No models at all.
    package static var none: ModelFiles { ModelFiles(directory: nil) { _ throws(Fault) in nil } }
}

/// Models by the place that they were read from: one in memory, whatever the number of operators.
package final class SharedModels: Sendable {
    private let models = Mutex<[String: any Sendable]>([:])

    package init() {}

    /// The model of a place; read if it is not there yet.
    /// - Throws: what `read` throws.
    package func model<Model: Sendable>(at place: String, read: () throws(Fault) -> Model) throws(Fault) -> Model {
        if let known = models.withLock({ $0[place] as? Model }) { return known }
        // Planning is one thread's work; two who read the same at once would only read it twice.
        let model = try read()
        models.withLock { $0[place] = model }
        return model
    }
}
