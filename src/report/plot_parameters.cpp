// Where the parameters are: by form, by module and by what layers do, the pies of the model-summary report as
// bars.

#include <algorithm>
#include <array>
#include <vector>

#include "report/figures.hpp"
#include "report/layer_kind.hpp"
#include "report/plot.hpp"
#include "report/rows.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kMostModules = 12;
constexpr unsigned kRowHeight = 26;
constexpr unsigned kMargins = 130;

struct Share {
  std::string name;
  std::uint64_t layers = 0;
  std::uint64_t parameters = 0;
};
using Shares = std::vector<Share>;

Shares by_form(const CheckpointProfile& profile) {
  Shares shares;
  for (const FormShare& form : profile.totals.by_form)
    shares.push_back({form.form, form.layers, form.parameters});
  return shares;
}

Shares by_kind(const TensorPointers& layers) {
  std::array<Share, kLayerKinds> kinds{};
  for (const TensorProfile* layer : layers) {
    Share& share = kinds[static_cast<std::size_t>(layer_kind(layer->info.name))];
    ++share.layers;
    share.parameters += layer->info.elements;
  }
  Shares shares;
  for (std::size_t kind = 0; kind < kLayerKinds; ++kind) {
    kinds[kind].name = to_literal(static_cast<LayerKind>(kind)).text();
    if (kinds[kind].layers > 0) shares.push_back(std::move(kinds[kind]));
  }
  return shares;
}

/// What is beyond the largest, in one.
void cut(Shares& shares) {
  if (shares.size() <= kMostModules) return;
  Share rest{fmt::format("{} others", shares.size() - kMostModules + 1), 0, 0};
  for (std::size_t at = kMostModules - 1; at < shares.size(); ++at) {
    rest.layers += shares[at].layers;
    rest.parameters += shares[at].parameters;
  }
  shares.resize(kMostModules - 1);
  shares.push_back(std::move(rest));
}

/// A first part that nearly all names share ("model", "bert") tells nothing, so as many parts are taken as
/// make three modules.
Shares by_module(const TensorPointers& layers) {
  constexpr unsigned deepest = 4;
  constexpr std::size_t enough = 3;
  unsigned depth = 1;
  while (depth < deepest && Rows::grouped(layers, depth).size() < enough)
    ++depth;
  const Rows rows = Rows::grouped(layers, depth);
  Shares shares;
  for (std::size_t row = 0; row < rows.size(); ++row)
    shares.push_back({rows.label(row), rows.members(row).size(), sum_elements(rows.members(row))});
  std::ranges::stable_sort(shares, std::ranges::greater(), &Share::parameters);
  cut(shares);
  return shares;
}

void add_group(PlotTable& table, std::string_view by, const Shares& shares, std::uint64_t total) {
  for (const Share& share : shares) {
    const auto percent = percentage(share.parameters, total);
    table.add({std::string(by), share.name, share.layers, share.parameters, PlotTable::cell(percent)});
  }
  table.end_block();
}

}  // namespace

std::optional<Plot> plot_parameters(const CheckpointProfile& profile, const ReportOptions& options) {
  const TensorPointers layers = tensors_of(profile, Role::parameter);
  const std::uint64_t total = profile.totals.parameters;
  if (total == 0) return std::nullopt;
  const std::array<Shares, 3> groups{by_form(profile), by_module(layers), by_kind(layers)};
  constexpr std::array<Literal, 3> names{"form", "module", "kind"};
  constexpr std::array<Literal, 3> colors{plot_color::kBlue, plot_color::kGreen, plot_color::kOrange};

  Plot plot{.id = "parameters",
            .title = plot_title(profile, options),
            .table = PlotTable{"by", "name", "layers", "parameters", "percent"}};
  plot.script.line("set title title font ',18'")
      .line("set xrange [0:115]")
      .line("set xtics 0,20,100")
      .line("set xlabel 'share of all parameters, %'")
      .line("set ytics scale 0")
      .line("unset grid")
      .line("text(percent) = sprintf(percent < 0.01 ? '<0.01 %%' : '%.2f %%', percent)");
  std::size_t rows = 0;
  PlotScript bars;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    bars.part(
        "{}data index {} using (0):($0+{}):(0):5:($0+{}-0.36):($0+{}+0.36):yticlabels(2) with boxxyerror "
        "linecolor rgb '{}'",
        group == 0 ? Literal("plot ") : Literal(", "), plot.table.block(), rows + 1, rows + 1, rows + 1,
        colors[group]);
    bars.part(", data index {} using ($5+0.5):($0+{}):(text($5)) with labels left textcolor rgb '#374151'",
              plot.table.block(), rows + 1);
    plot.script.line(
        "set label 'by {}' at graph 0, first {} right offset -1,0 font ',13' textcolor rgb '#111827'",
        names[group], rows);
    add_group(plot.table, names[group].text(), groups[group], total);
    rows += groups[group].size() + 2;
  }
  plot.height = kMargins + kRowHeight * static_cast<unsigned>(rows);
  plot.script.line("set yrange [{}:-1]", rows - 1);
  plot.script.append(bars).line("");
  return plot;
}

}  // namespace weightsieve
