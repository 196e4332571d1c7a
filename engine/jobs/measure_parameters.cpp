#include "engine/jobs/measure_parameters.h"

#include "engine/base/json.h"
#include "engine/jobs/provenance.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

using Ascent = CurvatureOptions::Ascent;

constexpr std::array<std::string_view, 8> names{"ascent", "bos", "limit", "probes", "seed", "stride", "type", "window"};

tl::unexpected<Error> bad(std::string reason) {
    return fail(ErrorKind::usage, std::move(reason));
}

Expected<std::optional<std::int64_t>> positive(const rapidjson::Value& object, std::string_view name) {
    if (json_member(object, name) == nullptr) return std::nullopt;
    const auto number = json_int(object, name);
    if (!number || *number < 1) return bad(std::string(name) + " must be a whole number of 1 and more");
    return number;
}

} // namespace

std::string MeasureParameters::canonical_json() const {
    Provenance json; // in the order of the names
    if (ascent != Ascent::gradient) json.add("ascent", std::string_view("eigenvector"));
    if (bos != Bos::as_tokenizer) json.add("bos", std::string_view(bos == Bos::yes ? "yes" : "no"));
    if (limit) json.add("limit", *limit);
    if (probes != MeasureParameters{}.probes) json.add("probes", static_cast<std::int64_t>(probes));
    if (seed != 0) json.add("seed", static_cast<std::int64_t>(seed));
    if (stride) json.add("stride", *stride);
    if (type != "float32") json.add("type", std::string_view(type));
    if (window) json.add("window", *window);
    return json.text();
}

Expected<MeasureParameters> MeasureParameters::parse(std::string_view json) {
    ISOLOSS_TRY(const auto object, parse_json(json, "parameters"));
    if (!object.IsObject()) return bad("the parameters are no JSON object");
    for (const auto& member : object.GetObject())
        if (std::find(names.begin(), names.end(), json_view(member.name)) == names.end())
            return bad("unknown parameter " + std::string(json_view(member.name)));
    MeasureParameters parameters;
    if (const auto bos = json_string(object, "bos")) {
        if (*bos != "yes" && *bos != "no") return bad("bos is yes or no");
        parameters.bos = *bos == "yes" ? Bos::yes : Bos::no;
    }
    if (const auto ascent = json_string(object, "ascent")) {
        if (*ascent != "gradient" && *ascent != "eigenvector") return bad("ascent is gradient or eigenvector");
        parameters.ascent = *ascent == "gradient" ? Ascent::gradient : Ascent::eigenvector;
    }
    ISOLOSS_TRY(const auto probes, positive(object, "probes"));
    if (probes && *probes > most_probes) return bad("probes are at most " + std::to_string(most_probes));
    if (probes) parameters.probes = static_cast<int>(*probes);
    ISOLOSS_TRY(parameters.limit, positive(object, "limit"));
    ISOLOSS_TRY(parameters.stride, positive(object, "stride"));
    ISOLOSS_TRY(parameters.window, positive(object, "window"));
    parameters.seed = static_cast<std::uint64_t>(json_int(object, "seed").value_or(0));
    parameters.type = json_string(object, "type").value_or("float32");
    ISOLOSS_TRY_VOID(parameters.compute_type());
    return parameters;
}

Expected<ComputeType> MeasureParameters::compute_type() const {
    if (type == "float32") return ComputeType::float32;
    if (type == "bfloat16") return ComputeType::bfloat16;
    if (type == "float16") return ComputeType::float16;
    if (type == "tf32") return ComputeType::tf32;
    return bad("unknown number type " + type + "; known: float32, bfloat16, float16, tf32");
}

} // namespace isoloss
