#include "plugins/transport/udp-punch/verify/Words.h"

namespace gimlet::udp_punch::verify
{

// clang-format off
const std::array<std::string_view, 256> WORDS{
	"admiral", "agent", "album", "amber", "anchor", "angel", "apple", "arrow",
	"artist", "aspen", "atlas", "attic", "autumn", "avenue", "bacon", "badge",
	"baker", "balloon", "bamboo", "banana", "barrel", "battery", "bell", "bicycle",
	"bingo", "birch", "biscuit", "blanket", "blossom", "bonfire", "book", "bottle",
	"brass", "brick", "bronze", "bubble", "bucket", "buffalo", "bushel", "buzzer",
	"cactus", "captain", "cargo", "castle", "cave", "cedar", "cement", "chalk",
	"cherry", "chimney", "chorus", "circus", "cliff", "clock", "cobalt", "coconut",
	"coffee", "copper", "cotton", "cousin", "cradle", "cricket", "crown", "crystal",
	"cushion", "cyclone", "daisy", "decade", "delta", "denim", "desert", "diamond",
	"dinner", "dolphin", "donkey", "dragon", "dream", "dust", "eagle", "echo",
	"eclipse", "elbow", "emerald", "engine", "fabric", "family", "farmer", "feather",
	"fence", "flame", "forest", "fossil", "fox", "freezer", "friend", "galaxy",
	"gazelle", "ghost", "giraffe", "glacier", "globe", "golden", "gravel", "guitar",
	"harbor", "hazel", "hickory", "hobby", "hollow", "horse", "husky", "iceberg",
	"igloo", "indigo", "island", "ivory", "jaguar", "jasmine", "jewel", "jigsaw",
	"kayak", "kingdom", "kitchen", "koala", "ladder", "lagoon", "lantern", "lasso",
	"leopard", "letter", "library", "lilac", "linen", "lobster", "lotus", "machine",
	"magnet", "marble", "mask", "melon", "mirror", "mitten", "motor", "muffin",
	"museum", "napkin", "nectar", "nephew", "nickel", "noodle", "north", "nugget",
	"nutmeg", "oasis", "oatmeal", "ocean", "octopus", "olive", "onion", "opera",
	"orange", "orbit", "orchid", "palace", "pasta", "peach", "pelican", "pencil",
	"piano", "picnic", "pigeon", "pirate", "pizza", "poppy", "prism", "pumpkin",
	"puppet", "puzzle", "pyramid", "quartz", "queen", "quilt", "rabbit", "rainbow",
	"ranch", "ribbon", "river", "robin", "rubber", "saddle", "safari", "salmon",
	"sandal", "satin", "school", "scooter", "sesame", "shadow", "shovel", "sister",
	"skate", "slipper", "snail", "soccer", "solar", "sphere", "spider", "spoon",
	"square", "stone", "street", "summer", "sunset", "swan", "sweater", "tailor",
	"target", "taxi", "temple", "tennis", "thimble", "thunder", "toast", "tomato",
	"tower", "tractor", "trumpet", "tulip", "tunnel", "turtle", "tuxedo", "typhoon",
	"uncle", "unicorn", "vacuum", "vanilla", "velvet", "vessel", "village", "violin",
	"volcano", "voyage", "waffle", "walnut", "whistle", "window", "wizard", "wolf",
	"wonder", "wreath", "yacht", "yarn", "yogurt", "zebra", "zenith", "zigzag",
};
// clang-format on

}
