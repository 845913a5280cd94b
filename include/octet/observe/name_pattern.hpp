// Regular expressions over layer names, for QConfigMapping, evaluated by the compiler. What Python's re.match does with
// the part of its syntax that layer names need:
//
//     a  .  \.  \d  \w  [a-z]  [^0-9]  (x|y)  x*  x+  x?  ^  $
//
// Thompson's construction: the pattern becomes a small automaton, and the name is walked through all its states at
// once.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace octet {

namespace detail {
// Not constexpr and never defined: its name is the compiler's message.
void a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();

class NamePattern {
public:
    constexpr explicit NamePattern(std::string_view pattern) : rest_(pattern) {
        const Part all = alternatives();
        if (!rest_.empty()) a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();
        states_[all.end].kind = Kind::accept;
        start_ = all.start;
    }

    /// Whether some beginning of `name`, or all of it, matches.
    constexpr bool matches(std::string_view name) const {
        Active now;
        add(now, start_, name, 0);
        for (std::size_t i = 0;; ++i) {
            Active next;
            for (std::size_t k = 0; k < now.count; ++k) {
                const State& s = states_[now.list[k]];
                if (s.kind == Kind::accept) return true;
                if (s.kind == Kind::characters && i < name.size() && s.has(name[i])) add(next, s.next, name, i + 1);
            }
            if (i == name.size() || next.count == 0) return false;
            now = next;
        }
    }

private:
    enum class Kind : std::uint8_t { jump, split, characters, begin, end, accept };
    struct State {
        Kind kind = Kind::jump;
        std::size_t next = none, other = none;
        std::array<std::uint64_t, 2> set{};

        constexpr bool has(char c) const {
            const auto u = static_cast<unsigned char>(c);
            return u < 128 && ((set[u / 64] >> (u % 64)) & 1) != 0;
        }
        constexpr void put(char c) {
            const auto u = static_cast<unsigned char>(c);
            if (u < 128) set[u / 64] |= std::uint64_t{1} << (u % 64);
        }
        constexpr void put(char first, char last) {
            for (int c = first; c <= last; ++c) put(static_cast<char>(c));
        }
    };
    struct Part {
        std::size_t start, end;  // `end` is a jump that leads nowhere yet
    };
    static constexpr std::size_t capacity = 256, none = capacity;
    // The states the automaton is in, each once.
    struct Active {
        std::array<std::size_t, capacity> list{};
        std::size_t count = 0;

        constexpr bool has(std::size_t s) const {
            for (std::size_t k = 0; k < count; ++k)
                if (list[k] == s) return true;
            return false;
        }
    };

    constexpr std::size_t push(State s) {
        if (count_ == capacity) a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();
        states_[count_] = s;
        return count_++;
    }
    constexpr bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
    constexpr bool take(char c) {
        if (!next_is(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    constexpr char take() {
        if (rest_.empty()) a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    constexpr Part alternatives() {
        Part all = sequence();
        while (take('|')) {
            const Part more = sequence();
            const std::size_t end = push({});
            states_[all.end].next = states_[more.end].next = end;
            all = {push({.kind = Kind::split, .next = all.start, .other = more.start}), end};
        }
        return all;
    }
    constexpr Part sequence() {
        const std::size_t start = push({});
        Part all{start, start};
        while (!rest_.empty() && !next_is('|') && !next_is(')')) {
            const Part more = repeated();
            states_[all.end].next = more.start;
            all.end = more.end;
        }
        return all;
    }
    constexpr Part repeated() {
        Part one = single();
        if (next_is('*') || next_is('+') || next_is('?')) {
            const char how = take();
            const std::size_t end = push({});
            const std::size_t again = push({.kind = Kind::split, .next = one.start, .other = end});
            states_[one.end].next = how == '?' ? end : again;
            one = {how == '+' ? one.start : again, end};
        }
        return one;
    }
    constexpr Part single() {
        if (take('(')) {
            const Part inner = alternatives();
            if (!take(')')) a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();
            return inner;
        }
        State s{.kind = Kind::characters};
        const char c = take();
        if (c == '^' || c == '$') {
            s.kind = c == '^' ? Kind::begin : Kind::end;
        } else if (c == '.') {
            s.set = {~std::uint64_t{0}, ~std::uint64_t{0}};
        } else if (c == '[') {
            bracket(s);
        } else if (c == '\\') {
            escaped(s);
        } else if (c == '*' || c == '+' || c == '?' || c == ']' || c == '{' || c == '}') {
            a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();
        } else {
            s.put(c);
        }
        const std::size_t end = push({});
        s.next = end;
        return {push(s), end};
    }
    constexpr void escaped(State& s) {
        const char c = take();
        if (c == 'd' || c == 'w') s.put('0', '9');
        if (c == 'w') {
            s.put('a', 'z');
            s.put('A', 'Z');
            s.put('_');
        }
        if (c == 'd' || c == 'w') return;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();
        s.put(c);
    }
    constexpr void bracket(State& s) {
        const bool negated = take('^');
        do {
            const char first = take();
            if (first == '\\') {
                escaped(s);
            } else if (next_is('-') && rest_.size() > 1 && rest_[1] != ']') {
                (void)take();
                const char last = take();
                if (last < first) a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know();
                s.put(first, last);
            } else {
                s.put(first);
            }
        } while (!take(']'));
        if (negated) s.set = {~s.set[0], ~s.set[1]};
    }

    // Adds a state and all that are reached from it without a character.
    constexpr void add(Active& active, std::size_t s, std::string_view name, std::size_t at) const {
        if (s == none || active.has(s)) return;
        active.list[active.count++] = s;
        const State& state = states_[s];
        const bool here = state.kind == Kind::jump || state.kind == Kind::split ||
                          (state.kind == Kind::begin && at == 0) || (state.kind == Kind::end && at == name.size());
        if (here) add(active, state.next, name, at);
        if (state.kind == Kind::split) add(active, state.other, name, at);
    }

    std::array<State, capacity> states_{};
    std::size_t count_ = 0, start_ = 0;
    std::string_view rest_;
};
}  // namespace detail

/// Whether `pattern` matches the beginning of `name`, as Python's re.match(pattern, name). A malformed pattern does not
/// compile.
constexpr bool matches_pattern(std::string_view pattern, std::string_view name) {
    return detail::NamePattern(pattern).matches(name);
}

}  // namespace octet
