#pragma once

namespace isoloss {

struct FigureSpec;
class MemberReader;
class MemberWriter;

/// The members of a recipe that only figures of curves have.
void write_curves(MemberWriter& out, const FigureSpec& spec);
/// Reads them; the reader keeps the first mistake.
void read_curves(MemberReader& reader, FigureSpec& spec);

} // namespace isoloss
