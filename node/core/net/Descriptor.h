#pragma once

#include <unistd.h>

#include <utility>

namespace gimlet::core
{

/// Owns a file descriptor.
class Descriptor
{
public:
	Descriptor() = default;
	explicit Descriptor(int value) : _value(value) {}
	Descriptor(Descriptor&& other) noexcept : _value(std::exchange(other._value, -1)) {}
	Descriptor& operator=(Descriptor&& other) noexcept
	{
		if (this != &other)
		{
			reset();
			_value = std::exchange(other._value, -1);
		}
		return *this;
	}
	~Descriptor()
	{
		reset();
	}

	/// -1 when it owns none.
	int value() const
	{
		return _value;
	}

	bool open() const
	{
		return _value >= 0;
	}

	void reset()
	{
		if (open())
			::close(std::exchange(_value, -1));
	}

private:
	int _value = -1;
};

}
