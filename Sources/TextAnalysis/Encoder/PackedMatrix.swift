import COneDNN
import Primitives

/// Weights in 8 bits, laid out as oneDNN's product of this processor wants them. Immutable, and shared by threads.
final class PackedMatrix: @unchecked Sendable {
    // Sendable: written by `init` alone.

    /// Numbers that go into a product, and that come out.
    let inner: Int
    let columns: Int
    let memory: AlignedMemory<UInt8>
    private(set) var layout = dnnl_memory_desc_t()
    /// What to multiply each column of a product by.
    let scales: AlignedMemory<Float>
    /// The sum of each column's weights: what a zero point adds to the product.
    let sums: AlignedMemory<Int32>

    /// - Parameter source: a row for each column of the product.
    /// - Throws: `model.arithmetic`.
    init(_ source: SourceMatrix, columns: Int, inner: Int, _ oneDNN: OneDNN) throws(Fault) {
        self.inner = inner
        self.columns = columns
        let (values, scales) = source.quantised(columns: inner)
        self.scales = AlignedMemory(scales, zero: 0)
        sums = AlignedMemory(count: columns, zero: 0)
        for column in 0..<columns {
            sums.base[column] = values[column * inner..<(column + 1) * inner].reduce(0) { $0 + Int32($1) }
        }
        let product = try ProductDescription(rows: IntegerProduct.blockRows, inner: inner, columns: columns, oneDNN)
        layout = product.weights
        memory = AlignedMemory(count: max(64, dnnl_memory_desc_get_size(&layout)), zero: 0)
        try Self.reorder(values, inner, columns, to: &layout, memory.base, oneDNN)
    }

    var byteCount: Int { memory.byteCount + scales.byteCount + sums.byteCount }

    private static func reorder(
        _ values: [Int8], _ inner: Int, _ columns: Int, to layout: inout dnnl_memory_desc_t,
        _ target: UnsafeMutablePointer<UInt8>, _ oneDNN: OneDNN
    ) throws(Fault) {
        var dimensions = ProductDescription.dimensions(inner, columns)
        var plain = dnnl_memory_desc_t()
        // The source has a row for each column: the transpose, as oneDNN sees it.
        try OneDNN.check(
            withUnsafePointer(to: &dimensions) { pointer in
                dnnl_memory_desc_init_by_tag(
                    &plain, 2, UnsafeRawPointer(pointer).assumingMemoryBound(to: dnnl_dim_t.self), dnnl_s8, dnnl_ba)
            })
        var description: dnnl_primitive_desc_t?
        try OneDNN.check(
            dnnl_reorder_primitive_desc_create(&description, &plain, oneDNN.engine, &layout, oneDNN.engine, nil))
        defer { dnnl_primitive_desc_destroy(description) }
        var primitive: dnnl_primitive_t?
        try OneDNN.check(dnnl_primitive_create(&primitive, description))
        defer { dnnl_primitive_destroy(primitive) }
        var status = dnnl_success
        var values = values
        values.withUnsafeMutableBytes { source in
            var from: dnnl_memory_t?
            var to: dnnl_memory_t?
            status = dnnl_memory_create(&from, &plain, oneDNN.engine, source.baseAddress)
            guard status == dnnl_success else { return }
            defer { dnnl_memory_destroy(from) }
            status = dnnl_memory_create(&to, &layout, oneDNN.engine, target)
            guard status == dnnl_success else { return }
            defer { dnnl_memory_destroy(to) }
            let arguments = [
                dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: from), dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: to),
            ]
            status = dnnl_primitive_execute(primitive, oneDNN.stream, 2, arguments)
            if status == dnnl_success { status = dnnl_stream_wait(oneDNN.stream) }
        }
        try OneDNN.check(status)
    }
}

/// A product of rows of unsigned bytes with a matrix of signed ones, as oneDNN plans it.
final class ProductDescription {
    private(set) var handle: dnnl_primitive_desc_t?
    private(set) var source = dnnl_memory_desc_t()
    private(set) var weights = dnnl_memory_desc_t()
    private(set) var result = dnnl_memory_desc_t()
    private(set) var scratch = dnnl_memory_desc_t()

    /// - Parameter weights: the layout of a matrix that is packed already; oneDNN chooses if absent.
    /// - Throws: `model.arithmetic`.
    init(rows: Int, inner: Int, columns: Int, weights given: dnnl_memory_desc_t? = nil, _ oneDNN: OneDNN) throws(Fault)
    {
        func describe(_ first: Int, _ second: Int, _ type: dnnl_data_type_t, _ tag: dnnl_format_tag_t) throws(Fault)
            -> dnnl_memory_desc_t
        {
            var description = dnnl_memory_desc_t()
            var dimensions = Self.dimensions(first, second)
            try OneDNN.check(
                withUnsafePointer(to: &dimensions) { pointer in
                    dnnl_memory_desc_init_by_tag(
                        &description, 2, UnsafeRawPointer(pointer).assumingMemoryBound(to: dnnl_dim_t.self), type, tag)
                })
            return description
        }
        source = try describe(rows, inner, dnnl_u8, dnnl_ab)
        if let given {
            weights = given
        } else {
            weights = try describe(inner, columns, dnnl_s8, dnnl_format_tag_any)
        }
        result = try describe(rows, columns, dnnl_s32, dnnl_ab)
        var operation = dnnl_matmul_desc_t()
        try OneDNN.check(dnnl_matmul_desc_init(&operation, &source, &weights, nil, &result))
        var attributes: dnnl_primitive_attr_t?
        try OneDNN.check(dnnl_primitive_attr_create(&attributes))
        defer { dnnl_primitive_attr_destroy(attributes) }
        // Work memory of its own: the library's is one for all, and its threads would meet in it.
        try OneDNN.check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
        try OneDNN.check(dnnl_primitive_desc_create(&handle, &operation, attributes, oneDNN.engine, nil))
        if let chosen = dnnl_primitive_desc_query_md(handle, dnnl_query_weights_md, 0) { weights = chosen.pointee }
        if let needed = dnnl_primitive_desc_query_md(handle, dnnl_query_scratchpad_md, 0) { scratch = needed.pointee }
    }

    deinit {
        if let handle { dnnl_primitive_desc_destroy(handle) }
    }

    static func dimensions(_ first: Int, _ second: Int) -> (dnnl_dim_t, dnnl_dim_t) {
        (dnnl_dim_t(first), dnnl_dim_t(second))
    }
}
