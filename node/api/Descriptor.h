#pragma once

#include <unistd.h>

#include <utility>

namespace gimlet
{

/// Owns a file descriptor; -1 stands for none.
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
			close();
			_value = std::exchange(other._value, -1);
		}
		return *this;
	}
	~Descriptor()
	{
		close();
	}

	void close()
	{
		if (_value >= 0)
			::close(std::exchange(_value, -1));
	}

	int value() const
	{
		return _value;
	}

	explicit operator bool() const
	{
		return _value >= 0;
	}

private:
	int _value = -1;
};

}
